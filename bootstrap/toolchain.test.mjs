import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { downloadAdvice } from './advice.mjs';
import { npmCommand, outsideOfNpmRun } from './npm.mjs';
import { isNodeGoodEnough, packageFor, withPath } from './toolchain.mjs';

const lock = JSON.parse(readFileSync(path.join(import.meta.dirname, 'package-lock.json'), 'utf8'));

describe('the version of Node', () => {
  it.each(['24.0.0', 'v24.21.0', '26.0.0', '27.1.0', '100.0.0'])('takes %s', (version) => {
    expect(isNodeGoodEnough(version)).toBe(true);
  });

  it.each(['18.20.8', '20.20.2', 'v22.12.0', '23.11.0', '25.9.0'])('passes over %s', (version) => {
    expect(isNodeGoodEnough(version)).toBe(false);
  });
});

describe('the pinned packages', () => {
  it.each([
    ['linux', 'x64'],
    ['linux', 'arm64'],
    ['darwin', 'x64'],
    ['darwin', 'arm64'],
    ['win32', 'x64'],
    ['win32', 'arm64'],
  ])('include a Node and a pnpm for %s on %s', (platform, arch) => {
    const node = packageFor(lock, /^node-/, { platform, arch });
    expect(isNodeGoodEnough(node?.split('@').at(-1) ?? '')).toBe(true);
    expect(packageFor(lock, /^@pnpm\//, { platform, arch })).toMatch(/@12\.\d+\.\d+$/);
  });

  it('include none for a platform that npm does not serve', () => {
    expect(packageFor(lock, /^node-/, { platform: 'sunos', arch: 'x64' })).toBeUndefined();
  });

  it('are locked by checksum and not to one registry', () => {
    const packages = Object.entries(lock.packages).filter(([location]) => location !== '');
    expect(packages.filter(([, { integrity }]) => !integrity?.startsWith('sha512-'))).toEqual([]);
    expect(packages.filter(([, { resolved }]) => resolved)).toEqual([]);
  });
});

describe('the environment of a child', () => {
  it('finds the pinned tools first and keeps the name of the variable', () => {
    const joined = ['/pinned', '/usr/bin'].join(path.delimiter);
    expect(withPath(['/pinned'], { PATH: '/usr/bin' })).toEqual({ PATH: joined });
    expect(withPath(['/pinned'], { Path: '/usr/bin' })).toEqual({ Path: joined });
    expect(withPath(['/pinned'], {})).toEqual({ PATH: '/pinned' });
  });

  it('hides the running npm script from an npm for another directory, but no setting of the user', () => {
    const settings = {
      npm_config_registry: 'http://mirror.example',
      npm_config_cache: '/cache',
      HOME: '/home/me',
    };
    const ofTheRun = {
      npm_lifecycle_event: 'start',
      npm_package_name: 'outpost',
      npm_config_local_prefix: '/repo',
    };
    expect(outsideOfNpmRun({ ...settings, ...ofTheRun })).toEqual(settings);
  });

  it('uses the npm that is running us, unless something else is', () => {
    expect(npmCommand({ npm_execpath: '/lib/npm/bin/npm-cli.js' }).args).toEqual(['/lib/npm/bin/npm-cli.js']);
    expect(npmCommand({ npm_execpath: '/lib/pnpm.cjs' })).toEqual({ command: 'npm', args: [] });
    expect(npmCommand({})).toEqual({ command: 'npm', args: [] });
  });
});

describe('the advice after a failed download', () => {
  it.each([
    ['npm error code ENOTFOUND', /cannot be reached/],
    ['client error (Connect): dns error', /cannot be reached/],
    ['npm error code EINTEGRITY', /checksum/],
    ['ENOSPC: no space left on device', /disk is full/],
    ['EACCES: permission denied', /could not be written/],
    ['ERR_PNPM_OUTDATED_LOCKFILE', /does not match package.json/],
    ['something else', /say why/],
  ])('for %s', (output, advice) => {
    expect(downloadAdvice('Installing', output)).toMatch(advice);
  });
});

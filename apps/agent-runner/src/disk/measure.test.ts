import { execa } from 'execa';
import {
  chmodSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { measureTree } from './measure.js';

const MB = 1024 ** 2;
const AMPLE = { bytes: 1024 ** 4, files: 1_000_000 };
const { signal } = new AbortController();

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'outpost-measure-'));
});
afterEach(() => rmSync(root, { recursive: true }));

const file = (name: string, bytes = 0): void => writeFileSync(join(root, name), Buffer.alloc(bytes, 1));

describe('what a tree takes on disk', () => {
  it('is as du counts it', async () => {
    mkdirSync(join(root, 'a/b/c'), { recursive: true });
    file('a/one', 10_000);
    file('a/b/two', 3 * MB);
    file('a/b/c/.hidden', 1);
    symlinkSync('one', join(root, 'a/link'));
    const { stdout } = await execa('du', ['--summarize', '--block-size=1', root]);
    const own = await execa('du', ['--summarize', '--block-size=1', mkdtempSync(join(root, '..', 'empty-'))]);
    const { bytes, files, excess } = await measureTree(root, AMPLE, signal);
    expect(bytes).toBe(Number.parseInt(stdout) - Number.parseInt(own.stdout));
    expect([files, excess]).toEqual([7, undefined]);
  });

  it('is nothing where there is no tree', async () => {
    expect(await measureTree(join(root, 'none'), AMPLE, signal)).toEqual({
      bytes: 0,
      files: 0,
      excess: undefined,
    });
  });

  it('is counted once for a file of several names, and not for the holes of one', async () => {
    file('one', MB);
    for (const name of ['two', 'three']) linkSync(join(root, 'one'), join(root, name));
    file('sparse');
    truncateSync(join(root, 'sparse'), 1024 ** 4);
    const { bytes, files } = await measureTree(root, AMPLE, signal);
    expect(bytes).toBeGreaterThanOrEqual(MB);
    expect(bytes).toBeLessThan(2 * MB);
    expect(files).toBe(2);
  });

  it('does not reach through links, but one that leads to the tree', async () => {
    symlinkSync('/', join(root, 'system'));
    symlinkSync('.', join(root, 'again'));
    expect(await measureTree(root, AMPLE, signal)).toMatchObject({ files: 2, excess: undefined });
    const link = join(root, '..', `link-${Date.now()}`);
    symlinkSync(root, link);
    expect(await measureTree(link, AMPLE, signal)).toMatchObject({ files: 2 });
    rmSync(link);
  });

  it('has files whose names are no text', async () => {
    writeFileSync(Buffer.concat([Buffer.from(`${root}/`), Buffer.from([0xff, 0xfe])]), 'x');
    expect(await measureTree(root, AMPLE, signal)).toMatchObject({ files: 1 });
  });

  it('has what lies in a directory that its owner has closed', async () => {
    mkdirSync(join(root, 'closed'));
    file('closed/large', 2 * MB);
    chmodSync(join(root, 'closed'), 0o300);
    // Root may look anyway: as another user only what it opened itself.
    const { bytes } = await measureTree(root, AMPLE, signal);
    expect(bytes).toBeGreaterThanOrEqual(2 * MB);
    chmodSync(join(root, 'closed'), 0o700);
  });

  it('is told in the middle of it, when a limit is passed', async () => {
    for (let index = 0; index < 1_000; index += 1) file(`f${index}`);
    const many = await measureTree(root, { ...AMPLE, files: 300 }, signal);
    expect(many.excess).toBe('files');
    expect(many.files).toBeLessThan(1_000);
    file('large', 2 * MB);
    expect((await measureTree(root, { ...AMPLE, bytes: MB }, signal)).excess).toBe('bytes');
    expect((await measureTree(root, { bytes: 3 * MB, files: 1_001 }, signal)).excess).toBeUndefined();
  });

  it('is too much where directories are nested without end', async () => {
    mkdirSync(join(root, ...Array.from({ length: 300 }, () => 'd')), { recursive: true });
    expect((await measureTree(root, AMPLE, signal)).excess).toBe('depth');
  });

  it('can be told while files come and go', async () => {
    const script = 'while :; do mkdir -p a/b; touch a/b/x a/y; mv a c; rm -rf c; ln -s / a; rm a; done';
    const churn = execa('sh', ['-c', script], { cwd: root, reject: false });
    for (let round = 0; round < 200; round += 1) {
      const { files } = await measureTree(root, AMPLE, signal);
      expect(files).toBeLessThan(10);
    }
    churn.kill('SIGKILL');
    await churn;
  });

  it('is given up when it is told to', async () => {
    file('one');
    await expect(measureTree(root, AMPLE, AbortSignal.abort(new Error('stop')))).rejects.toThrow('stop');
  });
});

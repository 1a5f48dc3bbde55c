import { execa } from 'execa';
import { mkdir, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { fakeImages, type FakeImages } from '../testing/fake-image.js';
import { installAgent } from './install.js';
import { installedVersion, isInstalled } from './install-dir.js';
import { readPinned } from './pinned.js';

// Each of them starts npm a few times.
vi.setConfig({ testTimeout: 60_000 });

async function images(): Promise<FakeImages> {
  const made = await fakeImages();
  onTestFinished(() => made[Symbol.asyncDispose]());
  return made;
}

async function install({ config, imagesDir }: FakeImages, signal?: AbortSignal) {
  return installAgent({ agent: 'codex', config, imagesDir, signal });
}

async function codexSays({ config }: FakeImages): Promise<string> {
  const executable = join(config.agentsDir, 'codex', 'node_modules', '.bin', 'codex');
  const { stdout } = await execa(executable, ['--version'], { env: config.base, extendEnv: false });
  return stdout;
}

async function isComplete(fake: FakeImages): Promise<boolean> {
  return isInstalled(fake.config.agentsDir, await readPinned(fake.imagesDir, 'codex'));
}

test('installs what the lock pins, runs its setup, and leaves it alone the next time', async () => {
  const fake = await images();
  await fake.pinCodex({ version: '1.2.3', setup: 'printf %s "$HOME" > set-up' });
  expect(await install(fake)).toMatchObject({ state: 'installed', pinned: { version: '1.2.3' } });
  expect(await codexSays(fake)).toBe('codex-cli 1.2.3');
  expect(await readdir(fake.config.agentsDir)).toEqual(['codex']);
  expect(await readFile(join(fake.config.agentsDir, 'codex', 'set-up'), 'utf8')).toBe(fake.directory);

  await rm(join(fake.directory, 'fake-codex-1.2.3.tgz'));
  await rm(join(fake.directory, 'npm'), { recursive: true });
  expect(await install(fake)).toMatchObject({ state: 'present' });
});

test('another lock replaces the install', async () => {
  const fake = await images();
  await fake.pinCodex({ version: '1.2.3' });
  await install(fake);
  await fake.pinCodex({ version: '1.2.4' });
  expect(await isComplete(fake)).toBe(false);
  expect(await install(fake)).toMatchObject({ state: 'installed' });
  expect(await codexSays(fake)).toBe('codex-cli 1.2.4');
  expect(await readdir(fake.config.agentsDir)).toEqual(['codex']);
});

test('a directory without a stamp is no install', async () => {
  const fake = await images();
  await fake.pinCodex({ version: '1.2.3' });
  const half = join(fake.config.agentsDir, 'codex', 'node_modules', '.bin');
  await mkdir(half, { recursive: true });
  await writeFile(join(half, 'codex'), 'half');
  expect(await isComplete(fake)).toBe(false);
  await install(fake);
  expect(await codexSays(fake)).toBe('codex-cli 1.2.3');
});

test('an interrupted install leaves the old one in place, and no trace after the next', async () => {
  const fake = await images();
  await fake.pinCodex({ version: '1.2.3' });
  await install(fake);
  await fake.pinCodex({ version: '1.2.4', setup: 'node -e "setInterval(() => {}, 1000)"' });
  const controller = new AbortController();
  const reason = new Error('Ctrl-C');
  const interrupted = install(fake, controller.signal);
  const setUpStarted = async (): Promise<boolean> => {
    const part = (await readdir(fake.config.agentsDir)).find((name) => name.startsWith('.codex.part-'));
    return (
      part !== undefined && (await exists(join(fake.config.agentsDir, part, 'node_modules', '.bin', 'codex')))
    );
  };
  await expect.poll(setUpStarted, { timeout: 10_000 }).toBe(true);
  controller.abort(reason);
  await expect(interrupted).rejects.toBe(reason);
  expect(await codexSays(fake)).toBe('codex-cli 1.2.3');
  const { agentsDir } = fake.config;
  expect(await installedVersion(agentsDir, await readPinned(fake.imagesDir, 'codex'))).toBe('1.2.3');

  // What a SIGKILL leaves behind.
  await mkdir(join(agentsDir, '.codex.part-new-killed'));
  await fake.pinCodex({ version: '1.2.5' });
  await install(fake);
  expect(await readdir(agentsDir)).toEqual(['codex']);
  expect(await codexSays(fake)).toBe('codex-cli 1.2.5');
});

test('of parallel runs one installs and the others find it', async () => {
  const fake = await images();
  await fake.pinCodex({ version: '1.2.3' });
  const results = await Promise.all([install(fake), install(fake), install(fake)]);
  expect(results.map(({ state }) => state).toSorted()).toEqual(['installed', 'present', 'present']);
  expect(await codexSays(fake)).toBe('codex-cli 1.2.3');
});

test('a CLI of another version is not installed', async () => {
  const fake = await images();
  await fake.pinCodex({ version: '1.2.3', says: 'codex-cli 1.2.34' });
  await expect(install(fake)).rejects.toThrow(
    'codex should be 1.2.3, but `--version` says: codex-cli 1.2.34',
  );
  expect(await readdir(fake.config.agentsDir)).toEqual([]);
});

test('a failure shows what npm said and what to do', async () => {
  const fake = await images();
  await fake.pinCodex({ version: '1.2.3' });
  await rm(join(fake.directory, 'fake-codex-1.2.3.tgz'));
  await rm(join(fake.directory, 'npm'), { recursive: true });
  const failure = await install(fake).catch((error: unknown) => (error as Error).message);
  expect(failure).toMatch(/^Installing codex failed: `npm ci .*` exited with \d+\.\n {2}\| npm error/);
  expect(failure).toContain('fake-codex-1.2.3.tgz');
});

test('a machine without npm is told so', async () => {
  const fake = await images();
  await fake.pinCodex({ version: '1.2.3' });
  const bin = join(fake.directory, 'bin');
  await mkdir(bin);
  await symlink(process.execPath, join(bin, 'node'));
  const config = { ...fake.config, base: { ...fake.config.base, PATH: bin } };
  await expect(install({ ...fake, config })).rejects.toThrow('npm was not found. Install Node.js with npm');
});

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

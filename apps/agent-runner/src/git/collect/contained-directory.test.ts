import { mkdir, rename, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { RawPath } from '../raw-path.js';
import { temporaryDirectory, writeFiles } from '../testing/places.js';
import { ContainedDirectory } from './contained-directory.js';

const name = (text: string) => text as RawPath;

async function hostileTree(): Promise<{ root: string; outside: string }> {
  const place = await temporaryDirectory();
  const [root, outside] = [join(place, 'root'), join(place, 'outside')];
  await writeFiles(place, { 'root/dir/inner/file': 'inside', 'outside/inner/file': 'outside' });
  return { root, outside };
}

function opened(root: string, path: string): ContainedDirectory {
  const directory = ContainedDirectory.open(root, name(path));
  if (typeof directory === 'string') throw new Error(directory);
  return directory;
}

test('reads files and lists entries', async () => {
  const { root } = await hostileTree();
  using directory = opened(root, 'dir/inner');
  expect(directory.entries().entries.map((entry) => entry.name)).toEqual(['file']);
  expect(await directory.readFile(name('file'), 6)).toEqual({ content: Buffer.from('inside') });
  expect(await directory.readFile(name('file'), 5)).toEqual({ problem: 'too_large' });
  expect(await directory.readFile(name('none'), 5)).toEqual({ problem: 'vanished' });
  expect(directory.readLink(name('file'))).toBeUndefined();
});

test('is not opened through a link, wherever in the path that is', async () => {
  const { root, outside } = await hostileTree();
  await symlink(outside, join(root, 'link'));
  await symlink(join(root, 'dir'), join(root, 'self'));
  for (const path of ['link', 'link/inner', 'self', 'self/inner', 'none', 'dir/inner/file']) {
    expect(ContainedDirectory.open(root, name(path))).toBe('vanished');
  }
  expect(ContainedDirectory.open(join(root, 'link'), name(''))).toBe('vanished');
});

test.runIf(process.platform === 'linux')('stays what it was when a link takes its place', async () => {
  const { root, outside } = await hostileTree();
  using directory = opened(root, 'dir/inner');
  await rename(join(root, 'dir'), join(root, 'away'));
  await symlink(outside, join(root, 'dir'));
  expect(await directory.readFile(name('file'), 100)).toEqual({ content: Buffer.from('inside') });
  expect(ContainedDirectory.open(root, name('dir/inner'))).toBe('vanished');
});

test('never follows a link to a file, nor takes a directory for one', async () => {
  const { root, outside } = await hostileTree();
  await symlink(join(outside, 'inner/file'), join(root, 'link'));
  await mkdir(join(root, 'empty'));
  await writeFile(join(root, 'growing'), '');
  using directory = opened(root, '');
  expect(await directory.readFile(name('link'), 100)).toEqual({ problem: 'vanished' });
  expect(await directory.readFile(name('empty'), 100)).toEqual({ problem: 'vanished' });
  expect(await directory.readFile(name('growing'), 100)).toEqual({ content: Buffer.alloc(0) });
  expect(directory.readLink(name('link'))?.toString()).toBe(join(outside, 'inner/file'));
});

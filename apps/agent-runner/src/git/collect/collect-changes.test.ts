import {
  chmod,
  mkdir,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { initRepository } from '../clone.js';
import {
  applyElsewhere,
  AT,
  commitAll,
  differencesBetween,
  DISPATCH_ID,
  git,
  namesIn,
  startWork,
  temporaryDirectory,
  Workplace,
  writeFiles,
} from '../testing/places.js';

const LINES = Array.from({ length: 40 }, (_, number) => `line ${number}\n`).join('');

describe('nothing', () => {
  test('is an empty patch and no bundle', async () => {
    const { place, checkout } = await startWork();
    const collected = await place.collect(checkout);
    expect(collected).toMatchObject({ patch: '', bundleFile: undefined, warnings: [] });
    expect(collected.changes).toEqual({
      baseCommit: checkout.baseCommit,
      filesChanged: 0,
      insertions: 0,
      deletions: 0,
    });
    await expect(stat(place.bundleFile)).rejects.toThrow('ENOENT');
  });

  test('is what touching and rewriting a file comes to, and empty directories, and an empty commit', async () => {
    const { place, checkout } = await startWork({ a: 'a\n', b: 'b\n' });
    await utimes(join(place.repoDir, 'a'), 1, 1);
    await writeFile(join(place.repoDir, 'b'), 'b\n');
    await mkdir(join(place.repoDir, 'empty/inside'), { recursive: true });
    await git(place.repoDir, 'commit', '--quiet', '--allow-empty', '-m', 'nothing');
    expect(await place.collect(checkout)).toMatchObject({
      patch: '',
      changes: { filesChanged: 0 },
      warnings: [],
    });
  });
});

describe('a change', () => {
  test('of every kind is collected', async () => {
    const { place, checkout } = await startWork({
      'modified.txt': LINES,
      'deleted.txt': 'gone\n',
      'old.txt': `${LINES}end\n`,
      'script.sh': '#!/bin/sh\n',
      'binary.bin': Buffer.from([0, 1, 2, 255]),
      'dir/file': 'x\n',
      'becomes-dir': 'y\n',
      'becomes-link': 'z\n',
      empty: '',
    });
    const repo = place.repoDir;
    await writeFile(join(repo, 'modified.txt'), LINES.replace('line 7', 'LINE 7'));
    await rm(join(repo, 'deleted.txt'));
    await rename(join(repo, 'old.txt'), join(repo, 'new.txt'));
    await chmod(join(repo, 'script.sh'), 0o755);
    await writeFile(join(repo, 'binary.bin'), Buffer.from([0, 9, 200, 10, 13]));
    await rm(join(repo, 'dir'), { recursive: true });
    await writeFile(join(repo, 'dir'), 'now a file\n');
    await rm(join(repo, 'becomes-dir'));
    await writeFiles(repo, {
      'becomes-dir/inner': 'inner\n',
      'untracked/new': 'no newline at the end',
      empty2: '',
    });
    await rm(join(repo, 'becomes-link'));
    await symlink('modified.txt', join(repo, 'becomes-link'));
    await symlink('/etc/passwd', join(repo, 'link-out'));
    await symlink('/etc', join(repo, 'directory-link'));
    const { patch, changes, warnings } = await place.collect(checkout);
    const { tree, directory } = await applyElsewhere(place, checkout);
    expect(warnings).toEqual([]);
    expect(patch).toContain('rename from old.txt\nrename to new.txt');
    expect(patch).toContain('old mode 100644\nnew mode 100755');
    expect(patch).toContain('GIT binary patch');
    expect(patch).not.toContain('root:');
    expect(namesIn(tree)).toEqual([
      'becomes-dir/inner',
      'becomes-link',
      'binary.bin',
      'dir',
      'directory-link',
      'empty',
      'empty2',
      'link-out',
      'modified.txt',
      'new.txt',
      'script.sh',
      'untracked/new',
    ]);
    expect(tree).toMatch(/^120000 .*\tlink-out$/m);
    expect(changes.filesChanged).toBeGreaterThan(10);
    expect(await differencesBetween(repo, directory)).toBe('');
  });

  test('is counted as git counts it', async () => {
    const { place, checkout } = await startWork({ a: 'one\ntwo\nthree\n', b: Buffer.from([0]) });
    await writeFiles(place.repoDir, { a: 'one\n2\nthree\nfour\n', b: Buffer.from([0, 1]), 'c\nd': 'new\n' });
    const { changes } = await place.collect(checkout);
    expect(changes).toEqual({
      baseCommit: checkout.baseCommit,
      filesChanged: 3,
      insertions: 3,
      deletions: 1,
    });
  });

  test('is the same whether it was committed or not', async () => {
    const { place, checkout } = await startWork({ a: 'a\n', b: 'b\n' });
    await writeFiles(place.repoDir, { a: 'A\n', c: 'c\n' });
    await rm(join(place.repoDir, 'b'));
    const before = await place.collect(checkout);
    await commitAll(place.repoDir, 'by the agent');
    await git(place.repoDir, 'checkout', '--quiet', '-b', 'elsewhere');
    expect(await git(place.repoDir, 'status', '--porcelain')).toBe('');
    const after = await place.collect(checkout);
    expect(after.patch).toBe(before.patch);
    expect(after.changes.filesChanged).toBe(3);
    await applyElsewhere(place, checkout);
  });

  test('is in the bundle as one commit of the runner, the same each time', async () => {
    const { place, checkout } = await startWork();
    await writeFiles(place.repoDir, { new: 'new\n' });
    await place.collect(checkout);
    const first = await readFile(place.bundleFile);
    const { directory } = await applyElsewhere(place, checkout);
    const format = '--format=%an <%ae> %aI %cI%n%s%n%P';
    expect(await git(directory, 'log', '-1', format, `outpost/${DISPATCH_ID}`)).toBe(
      `Outpost <outpost@localhost> 2026-11-23T12:00:00+00:00 2026-11-23T12:00:00+00:00\nChanges of dispatch ${DISPATCH_ID}\n${checkout.baseCommit}`,
    );
    expect(await git(directory, 'bundle', 'verify', place.bundleFile)).toContain(checkout.baseCommit);
    await place.collect(checkout);
    expect((await readFile(place.bundleFile)).equals(first)).toBe(true);
  });

  test('in a repository without a remote is in a bundle that stands alone', async () => {
    const place = new Workplace(await temporaryDirectory());
    const { repoDir, snapshotDir, job } = place;
    const checkout = await initRepository({ ...job, repoDir, snapshotDir, at: AT });
    await writeFiles(repoDir, { 'main.c': 'int main() {}\n' });
    const { changes } = await place.collect(checkout);
    expect(changes).toMatchObject({ filesChanged: 1, insertions: 1 });
    const copy = join(place.root, 'copy');
    await git(place.root, 'clone', '--quiet', '--branch', `outpost/${DISPATCH_ID}`, place.bundleFile, copy);
    await expect(readFile(join(copy, 'main.c'), 'utf8')).resolves.toBe('int main() {}\n');
  });

  test('grows from checkpoint to checkpoint', async () => {
    const { place, checkout } = await startWork();
    await writeFiles(place.repoDir, { one: '1\n' });
    expect((await place.collect(checkout, { bundleFile: undefined })).changes.filesChanged).toBe(1);
    await writeFiles(place.repoDir, { two: '2\n' });
    expect((await place.collect(checkout)).changes.filesChanged).toBe(2);
    await rm(join(place.repoDir, 'one'));
    expect((await place.collect(checkout)).changes.filesChanged).toBe(1);
    await applyElsewhere(place, checkout);
    expect((await readdir(place.snapshotDir)).filter((name) => name.startsWith('scratch-'))).toEqual([]);
  });
});

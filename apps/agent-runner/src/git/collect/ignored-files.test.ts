import { rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { applyElsewhere, commitAll, git, namesIn, startWork, writeFiles } from '../testing/places.js';

describe('ignored files', () => {
  test('are left out, unless the repository has them', async () => {
    const { place, checkout } = await startWork({
      '.gitignore': 'build/\n*.log\n!keep.log\n/top\n',
      'build/kept': 'k\n',
      'x.log': 'x\n',
    });
    await writeFiles(place.repoDir, {
      'build/kept': 'changed\n',
      'build/out': 'o\n',
      'x.log': 'changed\n',
      'y.log': 'y\n',
      'keep.log': 'k\n',
      'node_modules/a/b': 'b\n',
      'deep/top': 't\n',
      top: 't\n',
      'sub/.gitignore': 'node_modules\n*.tmp\n',
      'sub/a.tmp': 'a\n',
      'sub/build': 'a file\n',
    });
    await place.collect(checkout);
    const { tree } = await applyElsewhere(place, checkout);
    expect(namesIn(tree)).toEqual([
      '.gitignore',
      'build/kept',
      'deep/top',
      'keep.log',
      'node_modules/a/b',
      'sub/.gitignore',
      'sub/build',
      'x.log',
    ]);
  });

  test('count when the agent forced them into its index or a commit', async () => {
    const { place, checkout } = await startWork({ '.gitignore': 'dist/\n' });
    await writeFiles(place.repoDir, { 'dist/staged': 's\n', 'dist/committed': 'c\n', 'dist/neither': 'n\n' });
    await git(place.repoDir, 'add', '--force', 'dist/committed');
    await git(place.repoDir, 'commit', '--quiet', '-m', 'forced');
    await git(place.repoDir, 'add', '--force', 'dist/staged');
    await place.collect(checkout);
    expect(namesIn((await applyElsewhere(place, checkout)).tree)).toEqual([
      '.gitignore',
      'dist/committed',
      'dist/staged',
    ]);
    await rm(join(place.repoDir, '.git/index'));
    await place.collect(checkout);
    expect(namesIn((await applyElsewhere(place, checkout)).tree)).toEqual(['.gitignore', 'dist/committed']);
  });

  test('count when the commit is packed', async () => {
    const { place, checkout } = await startWork({ '.gitignore': 'dist/\n' });
    await writeFiles(place.repoDir, { 'dist/committed': 'c\n' });
    await commitAll(place.repoDir, 'forced');
    await git(place.repoDir, 'pack-refs', '--all');
    await git(place.repoDir, 'gc', '--quiet');
    await rm(join(place.repoDir, '.git/index'));
    await place.collect(checkout);
    expect(namesIn((await applyElsewhere(place, checkout)).tree)).toEqual(['.gitignore', 'dist/committed']);
  });

  test('leave the repository when the agent untracks them', async () => {
    const { place, checkout } = await startWork({ 'secrets.env': 's\n', a: 'a\n' });
    await git(place.repoDir, 'rm', '--quiet', '--cached', 'secrets.env');
    await writeFiles(place.repoDir, { '.gitignore': '*.env\n' });
    await place.collect(checkout);
    expect(namesIn((await applyElsewhere(place, checkout)).tree)).toEqual(['.gitignore', 'a']);
  });

  test('may be named by the caller', async () => {
    const { place, checkout } = await startWork();
    await writeFiles(place.repoDir, { '.aider.chat': 'x\n', kept: 'k\n' });
    await place.collect(checkout, { exclude: ['.aider*'] });
    expect(namesIn((await applyElsewhere(place, checkout)).tree)).toEqual(['kept', 'readme.md']);
  });
});

describe('what is not there', () => {
  test('on purpose, by sparse checkout, is not deleted', async () => {
    const { place, checkout } = await startWork({ 'a/a': 'a\n', 'b/b': 'b\n', c: 'c\n' });
    await git(place.repoDir, 'sparse-checkout', 'set', 'a');
    await writeFiles(place.repoDir, { 'a/a': 'A\n' });
    await expect(stat(join(place.repoDir, 'b'))).rejects.toThrow('ENOENT');
    expect((await place.collect(checkout)).changes.filesChanged).toBe(1);
  });

  test('of a submodule is not missed; files in its place are files', async () => {
    const { place, checkout } = await startWork();
    const gitlink = `160000,${checkout.baseCommit}`;
    for (const name of ['empty', 'out', 'replaced', 'removed']) {
      await git(place.origin, 'update-index', '--add', '--cacheinfo', `${gitlink},${name}`);
    }
    await git(place.origin, 'commit', '--quiet', '-m', 'submodules');
    const next = await place.clone();
    await writeFiles(place.repoDir, { 'replaced/file': 'f\n' });
    await rm(join(place.repoDir, 'removed'), { recursive: true });
    await git(join(place.repoDir, 'out'), 'init', '--quiet');
    const { warnings } = await place.collect(next);
    expect(warnings).toEqual(['Changes inside a submodule were left out: out']);
    expect(namesIn((await applyElsewhere(place, next)).tree)).toEqual([
      'empty',
      'out',
      'readme.md',
      'replaced/file',
    ]);
  });
});

import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { continueRepository } from './clone.js';
import { RepositoryError } from './repository-error.js';
import type { StartingPoint } from './starting-point.js';
import {
  applyElsewhere,
  createWorkplace,
  DISPATCH_ID,
  git,
  namesIn,
  type Workplace,
} from './testing/places.js';
import { serveRepositories } from './testing/smart-http.js';

const TOKEN = 'ghs_notARealToken123';
const FILES = { 'keep.txt': 'keep\n', 'gone.txt': 'gone\n', 'deep/one.txt': 'one\n' };

/** What a first run leaves that deletes, moves and adds. */
async function leftBehind(place: Workplace): Promise<StartingPoint> {
  const checkout = await place.clone();
  await rm(join(place.repoDir, 'gone.txt'));
  await git(place.repoDir, 'mv', 'deep/one.txt', 'two.txt');
  await writeFile(join(place.repoDir, 'new file.txt'), 'new\n');
  const { patch } = await place.collect(checkout);
  const patchFile = join(place.root, 'parent.patch');
  await writeFile(patchFile, patch, 'latin1');
  return { dispatchId: DISPATCH_ID, baseCommit: checkout.baseCommit, patchFile };
}

describe('a repository that goes on from another run', () => {
  test('has what that one left as a commit on its base, though the branch was rewritten since', async () => {
    const place = await createWorkplace(FILES);
    const start = await leftBehind(place);
    await git(place.origin, 'checkout', '--quiet', '--orphan', 'rewritten');
    await git(place.origin, 'commit', '--quiet', '-m', 'another history');
    await git(place.origin, 'branch', '--force', '--move', 'main');
    await rm(place.mirrorsDir, { recursive: true });
    const server = await serveRepositories(place.root, TOKEN);
    const checkout = await place.clone({ url: `${server.origin}/origin/.git`, token: TOKEN, start });
    expect(checkout).toMatchObject({ branch: 'main', baseCommit: start.baseCommit, baseIsRemote: true });
    expect(await git(place.repoDir, 'status', '--porcelain')).toBe('');
    expect(await git(place.repoDir, 'log', '-1', '--format=%s %P')).toBe(
      `Changes of dispatch ${DISPATCH_ID} ${start.baseCommit}`,
    );
    expect(await git(place.repoDir, 'ls-files')).toBe('keep.txt\nnew file.txt\ntwo.txt');

    await writeFile(join(place.repoDir, 'test.txt'), 'test\n');
    await place.collect(checkout);
    const { tree } = await applyElsewhere(place, checkout);
    expect(namesIn(tree)).toEqual(['keep.txt', 'new file.txt', 'test.txt', 'two.txt']);
  });

  test('is at the base alone when that one changed nothing', async () => {
    const place = await createWorkplace(FILES);
    const baseCommit = await git(place.origin, 'rev-parse', 'HEAD');
    const patchFile = join(place.root, 'parent.patch');
    await writeFile(patchFile, '');
    await place.clone({ start: { dispatchId: DISPATCH_ID, baseCommit, patchFile } });
    expect(await git(place.repoDir, 'rev-parse', 'HEAD')).toBe(baseCommit);
  });

  test('is not to be had when the remote has its base no more', async () => {
    const place = await createWorkplace(FILES);
    const start = { ...(await leftBehind(place)), baseCommit: 'f'.repeat(40) };
    const clone = place.clone({ start });
    await expect(clone).rejects.toThrow(RepositoryError);
    await expect(clone).rejects.toThrow(`commit ${start.baseCommit}, where dispatch ${DISPATCH_ID} started`);
  });

  test('is not taken for a whole one when the patch could not be applied', async () => {
    const place = await createWorkplace(FILES);
    const start = await leftBehind(place);
    const patch = await readFile(start.patchFile, 'utf8');
    await writeFile(start.patchFile, patch.replace('-gone', '-another'));
    await expect(place.clone({ start })).rejects.toThrow();
    const { repoDir, snapshotDir } = place;
    expect(await continueRepository({ repoDir, snapshotDir })).toBeUndefined();
  });
});

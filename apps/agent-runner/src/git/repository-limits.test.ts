import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { commitAll, createWorkplace, git, writeFiles } from './testing/places.js';

const MB = 1024 ** 2;

test('a repository that brings more than it may is not kept', async () => {
  const place = await createWorkplace();
  await writeFiles(place.origin, { 'noise.bin': randomBytes(3 * MB) });
  await commitAll(place.origin, 'noise');
  await expect(place.clone({ limits: { maxBytes: 2 * MB } })).rejects.toThrow(
    'the repository is larger than 2 MB',
  );
  expect(readdirSync(place.mirrorsDir).filter((name) => name.endsWith('.git'))).toEqual([]);
  await place.clone({ limits: { maxBytes: 4 * MB } });
});

test('only what is new counts for one that is known already', async () => {
  const place = await createWorkplace();
  await writeFiles(place.origin, { 'noise.bin': randomBytes(3 * MB) });
  await commitAll(place.origin, 'noise');
  await place.clone();
  await git(place.origin, 'rm', '--quiet', 'noise.bin');
  const less = await commitAll(place.origin, 'less');
  const { baseCommit } = await place.clone({ limits: { maxBytes: 2 * MB } });
  expect(baseCommit).toBe(less);
});

test('a few packed bytes that are many files in the work tree are not unpacked', async () => {
  const place = await createWorkplace();
  await writeFiles(place.origin, { 'zeros.bin': Buffer.alloc(3 * MB) });
  await commitAll(place.origin, 'zeros');
  await expect(place.clone({ limits: { maxBytes: 2 * MB } })).rejects.toThrow(
    'the files of the repository come to 4 MB, and may come to 2 MB',
  );
  expect(existsSync(join(place.repoDir, 'zeros.bin'))).toBe(false);
});

test('a repository has no more files than it may', async () => {
  const place = await createWorkplace();
  await writeFiles(place.origin, { a: 'a', b: 'b', c: 'c' });
  await commitAll(place.origin, 'files');
  const count = (await git(place.origin, 'ls-files')).split('\n').length;
  await expect(place.clone({ limits: { maxFiles: count - 1 } })).rejects.toThrow(
    `the repository has ${count} files, and may have ${count - 1}`,
  );
  expect(existsSync(join(place.repoDir, 'a'))).toBe(false);
  await place.clone({ limits: { maxFiles: count } });
});

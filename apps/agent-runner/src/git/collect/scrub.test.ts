import { readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { applyElsewhere, commitAll, DISPATCH_ID, git, startWork, writeFiles } from '../testing/places.js';

const SECRET = 'sk-notARealKey-0123456789';
const MARK = '[REDACTED]';

function scrub(content: Buffer): Buffer | undefined {
  const text = content.toString('latin1');
  return text.includes(SECRET) ? Buffer.from(text.replaceAll(SECRET, MARK), 'latin1') : undefined;
}

test('a secret is in neither patch nor bundle, wherever the agent put it', async () => {
  const { place, checkout } = await startWork({ 'config.txt': 'a\nb\n', other: 'line\n' });
  const { repoDir } = place;
  await writeFiles(repoDir, {
    'config.txt': `a\nkey=${SECRET}\nb\n`,
    'new.bin': Buffer.concat([Buffer.from([0, 255]), Buffer.from(SECRET), Buffer.from([0])]),
    [`dir/${SECRET}.txt`]: 'x\n',
    '.gitattributes': `# ${SECRET}\n`,
  });
  await symlink(`/tmp/${SECRET}`, join(repoDir, 'link'));
  await commitAll(repoDir, `commit with ${SECRET}`);
  const { patch, warnings, changes } = await place.collect(checkout, { scrub });
  const { directory } = await applyElsewhere(place, checkout);
  expect(patch).not.toContain(SECRET);
  expect(patch).toContain(`+key=${MARK}`);
  expect(warnings).toEqual(['Files with a secret in their name were left out']);
  expect(changes.filesChanged).toBe(4);
  expect(await git(directory, 'show', `outpost/${DISPATCH_ID}:link`)).toBe(`/tmp/${MARK}`);
  expect(await git(directory, 'show', `outpost/${DISPATCH_ID}:new.bin`)).not.toContain(SECRET);
  expect(await git(directory, 'log', '--all', '--format=%B')).not.toContain(SECRET);
});

test('a secret that conversion brings to light is found', async () => {
  const { place, checkout } = await startWork({
    '.gitattributes': '*.utf16 text working-tree-encoding=UTF-16LE\n',
  });
  await writeFile(join(place.repoDir, 'a.utf16'), Buffer.from(`key=${SECRET}\n`, 'utf16le'));
  const { patch } = await place.collect(checkout, { scrub });
  expect(patch).toContain(`+key=${MARK}`);
  expect(await readFile(place.patchFile, 'latin1')).not.toContain(SECRET);
});

test('a secret that a checkpoint saw is not in the bundle after it', async () => {
  const { place, checkout } = await startWork();
  await writeFiles(place.repoDir, { a: `${SECRET}\n` });
  await place.collect(checkout);
  await place.collect(checkout, { scrub });
  const { directory } = await applyElsewhere(place, checkout);
  const objects = await git(directory, 'cat-file', '--batch-all-objects', '--batch');
  expect(objects).not.toContain(SECRET);
});

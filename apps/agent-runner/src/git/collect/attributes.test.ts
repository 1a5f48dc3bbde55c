import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Checkout } from '../clone.js';
import { applyElsewhere, git, startWork, writeFiles, type Workplace } from '../testing/places.js';

describe('planted attributes', () => {
  const contents = {
    'unix.txt': 'one\ntwo $Id$ \n',
    'dos.txt': 'one\r\ntwo\r\n',
    'mixed.txt': 'one\r\ntwo\n$Id: forged $\n',
    'unicode.txt': 'grüße\n',
    'bytes.txt': Buffer.from([0xff, 0xfe, 0, 10, 13, 10]),
    'readme.md': 'hello\nagain\r\n',
  };

  test.each([
    '* -diff',
    '* binary',
    '* export-ignore',
    '* export-subst',
    '* text eol=crlf',
    '* text eol=lf',
    '* text=auto',
    '* ident',
    '* -text',
    '* working-tree-encoding=UTF-16',
    '* working-tree-encoding=UTF-7 text',
    '* whitespace=cr-at-eol',
    '* filter=lfs diff=lfs merge=lfs -text',
    '* diff=nonsense',
    '[attr]text -text\n* text',
    '* !text conflict-marker-size=1',
  ])('%s change no byte', async (attributes) => {
    const { place, checkout } = await startWork({ 'readme.md': 'hello\n', 'unix.txt': 'old\n' });
    await writeFiles(place.repoDir, { ...contents, '.gitattributes': `${attributes}\n` });
    await place.collect(checkout);
    const { directory } = await applyElsewhere(place, checkout);
    for (const [name, content] of Object.entries(contents)) {
      expect(await git(directory, 'rev-parse', `:${name}`)).toBe(await hashOf(place, content));
    }
  });
});

describe('attributes of the repository', () => {
  test('convert as they did before', async () => {
    const { place, checkout } = await startConverted();
    await writeFiles(place.repoDir, {
      'a.bat': 'one\r\nTWO\r\n',
      'new.bat': 'x\r\n',
      'touched.bat': 't\r\n',
      'a.utf16': utf16('grüße\n'),
      '.gitattributes': '* -text\n',
    });
    const { patch, warnings } = await place.collect(checkout);
    expect(warnings).toEqual([]);
    expect(patch).toContain('-two\n+TWO\n');
    expect(patch).not.toContain('\r');
    expect(patch).not.toContain('touched.bat');
    const { directory } = await applyElsewhere(place, checkout);
    expect(await git(directory, 'show', ':a.utf16')).toBe(Buffer.from('grüße').toString('latin1'));
  });

  test('that a file does not comply with leave it as it is', async () => {
    const { place, checkout } = await startConverted();
    await writeFiles(place.repoDir, {
      'a.utf16': Buffer.from([0, 0xd8, 0]),
      'b.bat': 'x\r\n',
      'c.bat': 'y\r\n',
    });
    const { warnings } = await place.collect(checkout);
    expect(warnings).toEqual([
      'Not in the encoding that .gitattributes names, so taken byte for byte: a.utf16',
    ]);
  });

  test('do not hinder a file in place of their directory', async () => {
    const { place, checkout } = await startWork({ 'sub/.gitattributes': '* text\n', 'sub/a': 'a\n' });
    await rm(join(place.repoDir, 'sub'), { recursive: true });
    await writeFiles(place.repoDir, { sub: 'a file\n' });
    expect((await place.collect(checkout)).changes.filesChanged).toBe(3);
    await applyElsewhere(place, checkout);
  });
});

async function startConverted(): Promise<{ place: Workplace; checkout: Checkout }> {
  const attributes = '*.bat text eol=crlf\n*.utf16 text working-tree-encoding=UTF-16LE\n';
  return await startWork({
    '.gitattributes': attributes,
    'a.bat': 'one\ntwo\n',
    'touched.bat': 't\n',
    'a.utf16': utf16('hello\n'),
  });
}

function utf16(text: string): Buffer {
  return Buffer.from(text, 'utf16le');
}

async function hashOf(place: Workplace, content: string | Buffer): Promise<string> {
  const file = join(place.root, 'to-hash');
  await writeFile(file, content);
  return await git(place.root, 'hash-object', '--no-filters', file);
}

import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { join } from 'node:path';
import { applyElsewhere, differencesBetween, startWork, writeFiles } from '../testing/places.js';

describe('names', () => {
  test('that some system takes for .git stay out', async () => {
    const { place, checkout } = await startWork();
    const names = [
      '.GIT',
      'GIT~1',
      '.git ',
      '.git...',
      '.g\u200cit',
      '.git::$INDEX_ALLOCATION',
      'dir/.Git',
      '.git\\x',
    ];
    for (const name of names) await writeFiles(place.repoDir, { [`${name}/config`]: 'x\n' });
    await symlink('readme.md', join(place.repoDir, '.gitmodules'));
    const { warnings, changes } = await place.collect(checkout);
    expect(changes.filesChanged).toBe(0);
    expect(warnings).toEqual([
      expect.stringContaining('Names that some systems take for .git or .gitmodules were left out'),
    ]);
  });

  test('that look like options, patterns or magic are names', async () => {
    const { place, checkout } = await startWork({ '.gitignore': 'ignored\n' });
    const names = [
      '-rf',
      '--output=x',
      ':(top)readme.md',
      ':!x',
      '*',
      '[a]',
      '"quoted"',
      '\\',
      'a\tb',
      ' ',
      'ends ',
      '#',
      '!',
      'new\nline',
      '\u00fc',
      '\u{1f600}',
      '~',
    ];
    for (const name of names)
      await writeFiles(place.repoDir, { [name]: `${name}\n`, [`dir${name}/${name}`]: 'x' });
    await place.collect(checkout);
    const { directory } = await applyElsewhere(place, checkout);
    expect(await differencesBetween(place.repoDir, directory)).toBe('');
  });

  test('may be any bytes', async () => {
    const { place, checkout } = await startWork();
    const directory = Buffer.concat([Buffer.from(`${place.repoDir}/`), Buffer.from([0xff, 0x80])]);
    await mkdir(directory);
    await writeFile(Buffer.concat([directory, Buffer.from([0x2f, 0xe9, 0x0a])]), 'x\n');
    await place.collect(checkout);
    expect((await applyElsewhere(place, checkout)).tree).toContain('"\\377\\200/\\351\\n"');
  });

  test('may be too deep', async () => {
    const { place, checkout } = await startWork();
    const deep = Array.from({ length: 14 }, () => 'd'.repeat(200)).join('/');
    await writeFiles(place.repoDir, { [`${deep}/file`]: 'x\n', shallow: 'x\n' });
    const { warnings, changes } = await place.collect(checkout);
    expect(changes.filesChanged).toBe(1);
    expect(warnings).toEqual([
      expect.stringContaining('Directories that cannot be read were left as they were'),
    ]);
  });
});

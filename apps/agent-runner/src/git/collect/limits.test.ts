import { execFile } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import {
  applyElsewhere,
  commitAll,
  differencesBetween,
  git,
  namesIn,
  startWork,
  writeFiles,
} from '../testing/places.js';

const run = promisify(execFile);

describe('what cannot be in a patch', () => {
  test('is left out with a warning', async () => {
    const { place, checkout } = await startWork({ big: 'small\n' });
    await writeFiles(place.repoDir, {
      big: 'x'.repeat(101),
      'also big': 'x'.repeat(101),
      fits: 'x'.repeat(100),
    });
    const { warnings, changes } = await place.collect(checkout, { limits: { maxFileBytes: 100 } });
    expect(warnings).toEqual(['Files over 100 bytes were left out: also big, big']);
    expect(changes).toMatchObject({ filesChanged: 1, insertions: 1 });
  });

  test('is also what is too much together', async () => {
    const { place, checkout } = await startWork();
    await writeFiles(place.repoDir, { a: 'x'.repeat(60), b: 'x'.repeat(60), c: 'x' });
    expect(await place.collect(checkout, { limits: { maxTotalBytes: 100 } })).toMatchObject({
      changes: { filesChanged: 2 },
      warnings: ['Left out, as the change is larger than 100 bytes: b'],
    });
    expect(await place.collect(checkout, { limits: { maxFiles: 2 } })).toMatchObject({
      changes: { filesChanged: 2 },
      warnings: ['Left out, as more than 2 files changed: c'],
    });
  });

  test('is a pipe, a socket or a device', async () => {
    const { place, checkout } = await startWork({ '.gitignore': 'ignored\n', a: 'a\n' });
    await run('mkfifo', [join(place.repoDir, 'pipe'), join(place.repoDir, 'ignored')]);
    await rm(join(place.repoDir, 'a'));
    await run('mkfifo', [join(place.repoDir, 'a')]);
    const { warnings, changes } = await place.collect(checkout);
    expect(warnings).toEqual(['Pipes, sockets and devices were left out: a, pipe']);
    expect(changes).toMatchObject({ filesChanged: 1, deletions: 1 });
  });

  test('is the .git of a repository within: its files are', async () => {
    const { place, checkout } = await startWork();
    await writeFiles(place.repoDir, { 'inner/file': 'f\n' });
    await git(join(place.repoDir, 'inner'), 'init', '--quiet');
    await commitAll(join(place.repoDir, 'inner'), 'inner');
    await git(place.repoDir, 'add', '--all');
    const { warnings } = await place.collect(checkout);
    expect(warnings).toEqual(['A repository within the repository was taken as plain files: inner']);
    expect(namesIn((await applyElsewhere(place, checkout)).tree)).toEqual(['inner/file', 'readme.md']);
  });
});

describe('time', () => {
  test('ends when the caller says so', async () => {
    const { place, checkout } = await startWork();
    const signal = AbortSignal.abort(new Error('cancelled'));
    await expect(place.collect(checkout, { signal })).rejects.toThrow('cancelled');
  });

  test('passes while the agent is at work', async () => {
    const { place, checkout } = await startWork({ a: 'a\n' });
    const agent = new AbortController();
    const churn = async () => {
      for (let round = 0; !agent.signal.aborted; round += 1) {
        await writeFiles(place.repoDir, {
          [`d${round % 3}/f${round % 7}`]: `${round}\n`.repeat(round % 100),
        });
        await rm(join(place.repoDir, `d${(round + 1) % 3}`), { recursive: true, force: true }).catch(
          () => undefined,
        );
      }
    };
    const churning = churn();
    try {
      for (let checkpoint = 0; checkpoint < 10; checkpoint += 1) {
        await place.collect(checkout);
        await git(place.origin, 'apply', '--check', '--allow-empty', place.patchFile);
      }
    } finally {
      agent.abort();
      await churning;
    }
    await writeFiles(place.repoDir, { a: 'the end\n' });
    await place.collect(checkout);
    const { directory } = await applyElsewhere(place, checkout);
    expect(await differencesBetween(place.repoDir, directory)).toBe('');
  });
});

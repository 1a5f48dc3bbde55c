import { execFile } from 'node:child_process';
import { access, cp, mkdir, readdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import type { Checkout } from '../clone.js';
import {
  applyElsewhere,
  commitAll,
  createWorkplace,
  git,
  startWork,
  writeFiles,
  type Files,
  type Workplace,
} from '../testing/places.js';
import { TRAP_BASE, TRAPS } from '../testing/traps.js';

const run = promisify(execFile);

describe.each(TRAPS)('$name', ({ set, spring }) => {
  test('is never sprung by collecting', async () => {
    const { place, checkout, script, traces } = await startTrappedWork();
    await set(place, script);
    await changeSomething(place);
    await forgetTraces(place);
    const { patch } = await place.collect(checkout);
    expect(patch).toContain('+changed by the agent');
    await applyElsewhere(place, checkout);
    expect(await traces()).toEqual([]);
    // And yet it is a trap: careless git falls into it.
    for (const command of spring) await git(place.repoDir, ...command).catch(() => undefined);
    if (spring.length > 0) expect(await traces()).not.toEqual([]);
  });
});

describe('a link', () => {
  test('in place of the repository is not followed', async () => {
    const { place, checkout } = await startWork();
    await writeFiles(join(place.root, 'private-things'), { key: 'hidden\n' });
    await rename(place.repoDir, join(place.root, 'moved'));
    await symlink(join(place.root, 'private-things'), place.repoDir);
    const { patch } = await place.collect(checkout);
    expect(patch).not.toContain('hidden');
  });

  test('in place of a directory is a link, and what it leads to stays out', async () => {
    const { place, checkout } = await startWork(TRAP_BASE);
    await writeFiles(join(place.root, 'private-things'), { inner: 'hidden\n' });
    await rm(join(place.repoDir, 'dir'), { recursive: true });
    await symlink(join(place.root, 'private-things'), join(place.repoDir, 'dir'));
    const { patch } = await place.collect(checkout);
    expect(patch).not.toContain('hidden');
    expect((await applyElsewhere(place, checkout)).tree).toMatch(/^120000 blob \w+\tdir$/m);
  });

  test.each(['HEAD', 'index', 'packed-refs', 'refs', 'objects', 'refs/heads/main'])(
    'at .git/%s is not followed',
    async (name) => {
      const { place, checkout } = await startWork();
      await writeFiles(place.repoDir, { new: 'new\n' });
      await commitAll(place.repoDir, 'by the agent');
      await git(place.repoDir, 'pack-refs', '--all');
      await mkdir(join(place.repoDir, '.git/refs/heads'), { recursive: true });
      await rm(join(place.repoDir, '.git', name), { recursive: true, force: true });
      await symlink('/etc/hostname', join(place.repoDir, '.git', name));
      expect((await place.collect(checkout)).changes.filesChanged).toBe(1);
    },
  );
});

describe('a pipe', () => {
  test.each([
    '.gitignore',
    '.gitattributes',
    '.git/HEAD',
    '.git/index',
    '.git/packed-refs',
    '.git/objects/pack/pack-1.idx',
    '.gitmodules',
  ])('at %s keeps nobody waiting', async (name) => {
    const { place, checkout } = await startWork();
    await writeFiles(place.repoDir, { new: 'new\n' });
    await commitAll(place.repoDir, 'by the agent');
    await rm(join(place.repoDir, name), { force: true });
    await run('mkfifo', [join(place.repoDir, name)]);
    expect(
      (await place.collect(checkout, { signal: AbortSignal.timeout(15_000) })).changes.filesChanged,
    ).toBe(1);
  });
});

describe("the agent's own git", () => {
  test('with alternates is not asked', async () => {
    const { place, checkout } = await startWork();
    await commitAll(place.repoDir, 'by the agent');
    await writeFiles(place.repoDir, {
      new: 'new\n',
      '.git/objects/info/alternates': `${place.origin}/.git/objects\n`,
    });
    const { warnings, changes } = await place.collect(checkout);
    expect(warnings).toEqual(["The agent's object store holds more than objects: its commits were not read"]);
    expect(changes.filesChanged).toBe(1);
  });

  test.each([
    ['HEAD', 'ref: refs/../../../../etc/passwd\n'],
    ['HEAD', 'ref: refs/heads/loop\n'],
    ['HEAD', `${'1'.repeat(40)}\n`],
    ['HEAD', Buffer.alloc(1000, 255)],
    ['index', 'DIRC nonsense'],
    ['index', Buffer.alloc(100)],
    ['shallow', 'nonsense\n'],
  ])('with a broken %s is done without', async (name, content) => {
    const { place, checkout } = await startWork();
    await writeFiles(place.repoDir, {
      new: 'new\n',
      [`.git/${name}`]: content,
      '.git/refs/heads/loop': 'ref: refs/heads/loop\n',
    });
    expect((await place.collect(checkout)).changes.filesChanged).toBe(1);
    await applyElsewhere(place, checkout);
  });

  test('may be gone', async () => {
    const { place, checkout } = await startWork();
    await rm(join(place.repoDir, '.git'), { recursive: true });
    await writeFiles(place.repoDir, { new: 'new\n' });
    const { warnings, changes } = await place.collect(checkout);
    expect(warnings).toEqual([
      '.git is not the directory that it was: commits and the index of the agent were not read',
    ]);
    expect(changes.filesChanged).toBe(1);
  });

  test('may have another history', async () => {
    const { place, checkout } = await startWork();
    await rm(join(place.repoDir, '.git'), { recursive: true });
    await git(place.repoDir, 'init', '--quiet');
    await writeFiles(place.repoDir, { new: 'new\n' });
    await commitAll(place.repoDir, 'a new beginning');
    expect((await place.collect(checkout)).changes.filesChanged).toBe(1);
    await applyElsewhere(place, checkout);
  });

  test('has no say in what git does in the snapshot, even when that was written to', async () => {
    const { place, checkout, script, traces } = await startTrappedWork({
      '.gitattributes': '* filter=trap\n',
    });
    const { snapshotDir } = place;
    await git(snapshotDir, 'config', 'filter.trap.clean', script);
    await mkdir(join(snapshotDir, 'hooks'), { recursive: true });
    await cp(script, join(snapshotDir, 'hooks/reference-transaction'));
    await git(snapshotDir, 'config', 'core.fsmonitor', script);
    await git(snapshotDir, 'config', 'diff.external', script);
    await changeSomething(place);
    await forgetTraces(place);
    expect((await place.collect(checkout)).changes.filesChanged).toBeGreaterThan(0);
    expect(await traces()).toEqual([]);
  });
});

async function startTrappedWork(more: Files = {}): Promise<{
  place: Workplace;
  checkout: Checkout;
  script: string;
  traces: () => Promise<string[]>;
}> {
  const place = await createWorkplace({ ...TRAP_BASE, ...more });
  const head = await git(place.origin, 'rev-parse', 'HEAD');
  await git(place.origin, 'update-index', '--add', '--cacheinfo', `160000,${head},library`);
  await git(place.origin, 'commit', '--quiet', '-m', 'submodule');
  const checkout = await place.clone();
  const traceDir = join(place.root, 'traces');
  await mkdir(traceDir);
  const script = join(place.root, 'script.sh');
  await writeFile(script, `#!/bin/sh\nmktemp ${traceDir}/XXXXXX >/dev/null\nexit 1\n`, { mode: 0o755 });
  await access(script);
  return { place, checkout, script, traces: async () => await readdir(traceDir) };
}

/** Setting a trap may already have sprung it. */
async function forgetTraces({ root }: Workplace): Promise<void> {
  await rm(join(root, 'traces'), { recursive: true });
  await mkdir(join(root, 'traces'));
}

async function changeSomething({ repoDir }: Workplace): Promise<void> {
  await writeFiles(repoDir, { 'readme.md': 'changed by the agent\n', 'new/file': 'new\n' });
}

import { existsSync } from 'node:fs';
import { chmod, mkdir, readdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { AddedContent, ReadyChange } from '../../ports/remote-changes.js';
import { TEST_AT } from '../../testing/fixtures.js';
import { ANY_REMOTE } from '../remote-policy.js';
import { LINES, world } from '../testing/change-world.js';
import { git, repositoryAt, temporaryDirectory } from '../testing/places.js';

async function pushed(change: ReadyChange, branch = 'outpost/1', over?: string) {
  const result = await change.push({ branch, over });
  await change.close();
  return result;
}

async function contents(change: ReadyChange): Promise<AddedContent[]> {
  const all: AddedContent[] = [];
  for await (const content of change.added()) all.push(content);
  return all;
}

describe('a change of a dispatch', () => {
  test('is one commit on the base, by its author, at its time', async () => {
    const { remote, clone, baseCommit, ready } = await world();
    await writeFile(join(clone, 'readme.md'), 'better\n');
    const change = await ready();
    expect(change).toMatchObject({ baseCommit, isRebased: false, filesChanged: 1 });
    expect(await pushed(change)).toEqual({ outcome: 'pushed' });
    const at = Date.parse(TEST_AT) / 1_000;
    const format = '%H %P|%an <%ae>|%cn <%ce>|%at|%ct|%B';
    expect(await git(remote, 'log', '-1', `--format=${format}`, 'outpost/1')).toBe(
      `${change.commit} ${baseCommit}|Jo Doe <jo@example.com>|Jo Doe <jo@example.com>` +
        `|${at}|${at}|Fix it\n\nCo-authored-by: An Agent <agent@example.com>`,
    );
    expect(await git(remote, 'show', 'outpost/1:readme.md')).toBe('better');
    expect(await git(remote, 'rev-parse', 'main')).toBe(baseCommit);
  });

  test('gives the same commit each time', async () => {
    const { clone, ready } = await world();
    await writeFile(join(clone, 'readme.md'), 'better\n');
    const [first, second] = [await ready(), await ready()];
    expect(second.commit).toBe(first.commit);
    await Promise.all([first.close(), second.close()]);
  });

  test('keeps links, modes, moves, deletions, binary and large files, odd names', async () => {
    const { remote, clone, ready } = await world();
    const binary = Buffer.from(Array.from({ length: 70_000 }, (_, index) => (index * 7919) % 256));
    const large = 'a line of a large file\n'.repeat(1_000_000);
    await symlink('/etc/passwd', join(clone, 'link'));
    await writeFile(join(clone, 'run.sh'), '#!/bin/sh\n');
    await chmod(join(clone, 'run.sh'), 0o755);
    await chmod(join(clone, 'readme.md'), 0o755);
    await rename(join(clone, 'move-me.txt'), join(clone, 'moved.txt'));
    await rm(join(clone, 'lines.txt'));
    await mkdir(join(clone, 'lines.txt'));
    await writeFile(join(clone, 'lines.txt/inside "ä"\t.bin'), binary);
    await writeFile(join(clone, 'large.txt'), large);
    const change = await ready();
    // A file that moved is one; its old name is not another.
    expect(change.filesChanged).toBe(7);
    expect(await pushed(change)).toEqual({ outcome: 'pushed' });
    const tree = await git(remote, 'ls-tree', '-r', 'outpost/1');
    const modes = tree.split('\n').map((line) => `${line.slice(0, 6)} ${line.split('\t')[1]}`);
    expect(modes).toEqual([
      '100644 large.txt',
      '100644 "lines.txt/inside \\"\\303\\244\\"\\t.bin"',
      '120000 link',
      '100644 moved.txt',
      '100755 readme.md',
      '100755 run.sh',
    ]);
    expect(tree).toContain(await git(clone, 'hash-object', 'lines.txt/inside "ä"\t.bin'));
    expect(tree).toContain(await git(clone, 'hash-object', 'large.txt'));
    expect(await git(remote, 'show', 'outpost/1:link')).toBe('/etc/passwd');
    expect(
      await git(remote, 'diff', '-M', '--name-status', 'main', 'outpost/1', '--', 'moved.txt', 'move-me.txt'),
    ).toBe('R100\tmove-me.txt\tmoved.txt');
  });

  test('is taken over to a base that has moved, into a file that has moved there', async () => {
    const { remote, clone, baseCommit, ready, commitToRemote } = await world();
    await writeFile(join(clone, 'lines.txt'), LINES.with(0, 'changed by the agent\n').join(''));
    await git(remote, 'switch', '-q', 'main');
    await git(remote, 'mv', 'lines.txt', 'renamed.txt');
    const moved = await commitToRemote({ 'renamed.txt': LINES.with(29, 'changed by another\n').join('') });
    const change = await ready();
    expect(change).toMatchObject({ baseCommit: moved, isRebased: true, filesChanged: 1 });
    expect(moved).not.toBe(baseCommit);
    await pushed(change);
    expect(await git(remote, 'show', 'outpost/1:renamed.txt')).toBe(
      LINES.with(0, 'changed by the agent\n').with(29, 'changed by another\n').join('').trim(),
    );
    expect(await git(remote, 'rev-parse', 'outpost/1^')).toBe(moved);
  });

  test('names the files that it conflicts in, and leaves nothing behind', async () => {
    const { clone, home, prepare, commitToRemote } = await world();
    await writeFile(join(clone, 'lines.txt'), LINES.with(4, 'agent\n').join(''));
    await rm(join(clone, 'move-me.txt'));
    await writeFile(join(clone, 'other ä.txt'), 'fine\n');
    await commitToRemote({
      'lines.txt': LINES.with(4, 'another\n').join(''),
      'move-me.txt': 'changed\n',
      'other ä.txt': 'not fine\n',
    });
    expect(await prepare()).toEqual({
      outcome: 'conflict',
      files: ['lines.txt', 'move-me.txt', 'other ä.txt'],
    });
    expect(await readdir(join(home, 'changes'))).toEqual([]);
  });

  test('is nothing when the base has all of it', async () => {
    const { clone, prepare, commitToRemote } = await world();
    await writeFile(join(clone, 'readme.md'), 'better\n');
    await commitToRemote({ 'readme.md': 'better\n' });
    expect(await prepare()).toEqual({ outcome: 'nothing' });
  });

  test('is only the paths that are asked for, which may be deletions and directories', async () => {
    const { remote, clone, ready, prepare } = await world();
    await writeFile(join(clone, 'readme.md'), 'better\n');
    await mkdir(join(clone, 'src/deep'), { recursive: true });
    await writeFile(join(clone, 'src/deep/a.ts'), 'a\n');
    await writeFile(join(clone, 'srcfile'), 'no\n');
    await rm(join(clone, 'lines.txt'));
    await pushed(await ready({ paths: ['src/', 'lines.txt'] }));
    expect(await git(remote, 'diff', '--name-status', 'main', 'outpost/1')).toBe(
      'D\tlines.txt\nA\tsrc/deep/a.ts',
    );
    const unknown = await prepare({ paths: ['src', 'sr', 'move-me.txt', '*.md'] });
    expect(unknown).toEqual({ outcome: 'unknown_paths', paths: ['sr', 'move-me.txt', '*.md'] });
  });

  test('tells what it adds: lines with their numbers, binary files whole, nothing of what only moved', async () => {
    const { clone, ready } = await world();
    const binary = Buffer.from([0, 1, 2, 3, 10, 255]);
    await rename(join(clone, 'move-me.txt'), join(clone, 'moved.txt'));
    await writeFile(
      join(clone, 'lines.txt'),
      ['+++ b/x\n', ...LINES.with(9, '@@ -1 +1 @@\n'), '-- no end'].join(''),
    );
    await writeFile(join(clone, 'with "quote" ü.txt'), 'new\n');
    await writeFile(join(clone, 'data.bin'), binary);
    await symlink('somewhere', join(clone, 'link'));
    const change = await ready();
    const lines = (path: string, ...found: [number, string][]) => ({
      kind: 'text',
      path,
      lines: found.map(([number, text]) => ({ number, text })),
    });
    expect(await contents(change)).toEqual([
      lines('lines.txt', [1, '+++ b/x'], [11, '@@ -1 +1 @@'], [32, '-- no end']),
      lines('link', [1, 'somewhere']),
      lines('with "quote" ü.txt', [1, 'new']),
      { kind: 'binary', path: 'data.bin', bytes: binary },
    ]);
    await change.close();
  });
});

describe('a push', () => {
  test('makes a branch only where there is none, and replaces only the commit that it is told', async () => {
    const { remote, clone, baseCommit, ready } = await world();
    await writeFile(join(clone, 'readme.md'), 'one\n');
    const first = await ready();
    expect(await first.branchAt('outpost/1')).toBeUndefined();
    expect(await first.push({ branch: 'outpost/1', over: undefined })).toEqual({ outcome: 'pushed' });
    expect(await first.branchAt('outpost/1')).toBe(first.commit);
    await writeFile(join(clone, 'readme.md'), 'two\n');
    const second = await ready();
    expect(await second.push({ branch: 'outpost/1', over: undefined })).toEqual({ outcome: 'taken' });
    expect(await second.push({ branch: 'outpost/1', over: baseCommit })).toEqual({ outcome: 'taken' });
    expect(await git(remote, 'rev-parse', 'outpost/1')).toBe(first.commit);
    expect(await second.push({ branch: 'outpost/1', over: first.commit })).toEqual({ outcome: 'pushed' });
    expect(await git(remote, 'rev-parse', 'outpost/1')).toBe(second.commit);
    await Promise.all([first.close(), second.close()]);
  });

  test('is refused in the words of the server', async () => {
    const { remote, clone, ready } = await world();
    const hook = join(remote, '.git/hooks/pre-receive');
    await writeFile(hook, '#!/bin/sh\necho "GH006: Protected branch update failed.\x1b[31m" >&2\nexit 1\n', {
      mode: 0o755,
    });
    await writeFile(join(clone, 'readme.md'), 'one\n');
    const result = await pushed(await ready());
    expect(result).toEqual({
      outcome: 'refused',
      message: 'pre-receive hook declined: GH006: Protected branch update failed. [31m',
    });
  });

  test('is not tried on a place of Outpost itself: the repository there may be an agent’s', async () => {
    const keepOut = await temporaryDirectory();
    const own = await repositoryAt(join(keepOut, 'workspaces/1/repo'));
    const hook = join(own.path, '.git/hooks/pre-receive');
    await writeFile(hook, `#!/bin/sh\ntouch '${join(keepOut, 'ran')}'\n`, { mode: 0o755 });
    await symlink(own.path, join(await temporaryDirectory(), 'link'));
    const { ready, prepare, clone } = await world({ keepOut });
    await writeFile(join(clone, 'readme.md'), 'one\n');
    for (const url of [
      own.path,
      `file://${own.path}`,
      join(keepOut, '../', keepOut.split('/').at(-1)!, 'workspaces/1/repo'),
    ])
      expect(await prepare({ remote: { url, token: undefined, hosts: undefined } })).toMatchObject({
        outcome: 'unreachable',
        message: expect.stringContaining('lies in the data directory'),
      });
    expect(existsSync(join(keepOut, 'ran'))).toBe(false);
    expect(await pushed(await ready())).toEqual({ outcome: 'pushed' });
  });

  test('can be tried before', async () => {
    const { remote, checkPush } = await world();
    expect(await checkPush('outpost/new')).toEqual({ outcome: 'pushed' });
    expect(await git(remote, 'branch', '--list', 'outpost/*')).toBe('');
    expect(await checkPush('parked')).toEqual({ outcome: 'taken' });
    await rm(remote, { recursive: true });
    expect(await checkPush('outpost/new')).toMatchObject({ outcome: 'unreachable' });
  });
});

describe('a remote', () => {
  test('without the base is told from one without the commit, and from one that is not there', async () => {
    const { remote, clone, prepare } = await world();
    await writeFile(join(clone, 'readme.md'), 'one\n');
    expect(await prepare({ base: 'gone' })).toEqual({ outcome: 'base_missing', defaultBranch: 'parked' });
    await git(remote, 'checkout', '-q', '--orphan', 'fresh');
    await git(remote, 'commit', '-qm', 'rewritten');
    for (const branch of ['main', 'parked']) await git(remote, 'branch', '-qD', branch);
    await git(remote, 'reflog', 'expire', '--expire=now', '--all');
    await git(remote, 'gc', '-q', '--prune=now');
    expect(await prepare({ base: 'fresh' })).toEqual({ outcome: 'base_gone' });
    await rm(remote, { recursive: true });
    expect(await prepare()).toMatchObject({ outcome: 'unreachable' });
  });

  test('must be on a host that is allowed, and small enough', async () => {
    const { clone, prepare } = await world({ remotes: { hosts: ['github.com'], privateHosts: [] } });
    await writeFile(join(clone, 'readme.md'), 'one\n');
    const remote = { url: 'https://127.0.0.1/a/b', token: undefined, hosts: undefined };
    const refusal = { outcome: 'unreachable', message: expect.stringContaining('not one of the hosts') };
    expect(await prepare({ remote })).toMatchObject(refusal);
    const onlyOwn = await world({ remotes: ANY_REMOTE });
    await writeFile(join(onlyOwn.clone, 'readme.md'), 'one\n');
    const hosts = ['git.example.com'];
    expect(await onlyOwn.prepare({ remote: { url: onlyOwn.remote, token: undefined, hosts } })).toMatchObject(
      {
        outcome: 'unreachable',
        message: expect.stringContaining('it is on no host'),
      },
    );
    const small = await world({ maxBytes: 100 });
    await writeFile(join(small.clone, 'readme.md'), 'one\n');
    expect(await small.prepare()).toMatchObject({
      outcome: 'unreachable',
      message: expect.stringContaining('larger than'),
    });
  });
});

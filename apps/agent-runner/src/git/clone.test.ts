import { appendFile, chmod, mkdir, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { continueRepository, initRepository } from './clone.js';
import { RepositoryError } from './repository-error.js';
import { recentCommits } from './snapshot.js';
import {
  AT,
  commitAll,
  createOrigin,
  createWorkplace,
  git,
  temporaryDirectory,
  Workplace,
  writeFiles,
} from './testing/places.js';
import { serveRepositories } from './testing/smart-http.js';

const TOKEN = 'ghs_notARealToken123';

describe('a clone', () => {
  test.each(['', 'file://'])('comes from a path or a file URL (%s)', async (scheme) => {
    const place = await createWorkplace();
    const checkout = await place.clone({ url: scheme + place.origin, branch: 'main' });
    expect(checkout).toMatchObject({
      branch: 'main',
      baseIsRemote: true,
      baseCommit: await git(place.origin, 'rev-parse', 'HEAD'),
    });
    await expect(readFile(join(place.repoDir, 'readme.md'), 'utf8')).resolves.toBe('hello\n');
    expect(await git(place.repoDir, 'symbolic-ref', 'HEAD')).toBe('refs/heads/main');
    expect(await git(place.repoDir, 'config', 'remote.origin.url')).toBe(scheme + place.origin);
    expect(await git(place.repoDir, 'config', '--local', '--get-regexp', '^user')).toBe(
      'user.name Outpost Agent\nuser.email agent@outpost.invalid',
    );
    expect(await git(place.repoDir, 'status', '--porcelain', '--branch')).toBe('## main...origin/main');
    await git(place.repoDir, 'fsck', '--strict');
  });

  test('tracks its branch, whatever that is called', async () => {
    const place = await createWorkplace();
    const branch = 'it"s;#1=$(HOME)';
    await git(place.origin, 'branch', branch);
    await place.clone({ branch });
    expect(await git(place.repoDir, 'status', '--porcelain', '--branch')).toBe(
      `## ${branch}...origin/${branch}`,
    );
  });

  test('comes by HTTP with a token that is nowhere afterwards', async () => {
    const place = await createWorkplace();
    const server = await serveRepositories(place.root, TOKEN);
    const url = `${server.origin}/origin/.git`;
    await place.clone({ url, token: TOKEN });
    expect(server.authorized()).toBeGreaterThan(0);
    expect(await git(place.repoDir, 'config', 'remote.origin.url')).toBe(url);
    for (const form of [TOKEN, Buffer.from(`x-access-token:${TOKEN}`).toString('base64')]) {
      expect(await filesWith(place.root, form)).toEqual([]);
    }
  });

  test('does not come from a mirror for somebody without access', async () => {
    const place = await createWorkplace();
    const server = await serveRepositories(place.root, TOKEN);
    const url = `${server.origin}/origin/.git`;
    await place.clone({ url, token: TOKEN });
    await expect(place.clone({ url, token: 'revoked' })).rejects.toThrow(
      `could not read from ${url}: repository not found or no access`,
    );
  });

  test('reaches 50 commits back, as the context does', async () => {
    const place = await createWorkplace();
    for (let number = 0; number < 60; number += 1)
      await git(place.origin, 'commit', '--quiet', '--allow-empty', '-m', `commit ${number}`);
    const snapshot = await place.clone();
    expect(await git(place.repoDir, 'rev-list', '--count', 'HEAD')).toBe('50');
    const commits = await recentCommits({ host: place.job.host, snapshot, limit: 2 });
    expect(commits.map(({ subject }) => subject)).toEqual(['commit 59', 'commit 58']);
    expect(commits[0]).toMatchObject({
      commit: snapshot.baseCommit,
      author: 'Test',
      date: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
    });
  });

  test('comes from a remote that is itself shallow', async () => {
    const place = await createWorkplace();
    for (const message of ['second', 'third']) await commitAll(place.origin, message);
    const shallow = join(place.root, 'shallow');
    await git(place.root, 'clone', '--quiet', '--depth=2', `file://${place.origin}`, shallow);
    await place.clone({ url: shallow });
    expect(await git(place.repoDir, 'rev-list', '--count', 'HEAD')).toBe('2');
    await git(place.repoDir, 'fsck');
  });

  test('runs nothing that a home, a template or the repository names', async () => {
    const place = await createWorkplace({ '.gitattributes': '* filter=canary\n', a: 'a\n' });
    const canary = join(place.root, 'canary');
    const { home } = place.job.host;
    await mkdir(join(home, 'hooks'), { recursive: true });
    await writeFile(join(home, 'hooks/post-checkout'), `#!/bin/sh\ntouch ${canary}\n`, { mode: 0o755 });
    const config = `[core]\nhooksPath = ${home}/hooks\n[filter "canary"]\nsmudge = touch ${canary}; cat\nclean = touch ${canary}; cat\nrequired\n`;
    await writeFiles(home, { '.gitconfig': config, 'git/config': config });
    await place.clone();
    await expect(stat(canary)).rejects.toThrow('ENOENT');
  });

  test('leaves submodules alone', async () => {
    const place = await createWorkplace();
    await createOrigin(join(place.root, 'library'), { 'library.c': 'int x;\n' });
    await git(place.origin, 'submodule', '--quiet', 'add', join(place.root, 'library'), 'library');
    await commitAll(place.origin, 'submodule');
    await place.clone();
    await expect(readdir(join(place.repoDir, 'library'))).resolves.toEqual([]);
  });

  test('of an empty repository begins it', async () => {
    const place = new Workplace(await temporaryDirectory());
    await git(place.root, 'init', '--quiet', '--bare', 'origin');
    expect(await place.clone({ branch: 'trunk' })).toMatchObject({ branch: 'trunk', baseIsRemote: false });
    expect(await git(place.repoDir, 'config', 'remote.origin.url')).toBe(place.origin);
    expect(await git(place.repoDir, 'rev-list', '--count', 'HEAD')).toBe('1');
  });
});

describe('a clone that cannot be', () => {
  test('names the branch that is missing, and the default', async () => {
    const place = await createWorkplace();
    const failure = place.clone({ branch: 'no/such' });
    await expect(failure).rejects.toThrow(
      `${place.origin} has no branch no/such; its default branch is main`,
    );
    await expect(failure).rejects.toBeInstanceOf(RepositoryError);
  });

  test('names the remote that does not answer', async () => {
    const place = await createWorkplace();
    const url = 'http://127.0.0.1:1/a/b.git';
    await expect(place.clone({ url, token: TOKEN })).rejects.toThrow(
      `could not read from ${url}: no connection to the host`,
    );
  });

  test('takes no longer than it may', async () => {
    const place = await createWorkplace();
    await expect(place.clone({ job: { signal: AbortSignal.timeout(1) } })).rejects.toThrow(
      /timeout|no answer in time|took too long/,
    );
  });

  test('ends when it is told to', async () => {
    const place = await createWorkplace();
    const signal = AbortSignal.abort(new Error('cancelled'));
    await expect(place.clone({ job: { signal } })).rejects.toThrow('cancelled');
  });
});

describe('a mirror', () => {
  test('is brought up to date', async () => {
    const place = await createWorkplace();
    const first = await place.clone();
    const commit = await commitAll(place.origin, 'second');
    expect((await place.clone()).baseCommit).toBe(commit);
    expect(first.baseCommit).not.toBe(commit);
    expect(await mirrors(place)).toHaveLength(1);
  });

  test('serves eight workers at once', async () => {
    const place = await createWorkplace();
    const workers = Array.from({ length: 8 }, (_, number) => join(place.root, `worker-${number}`));
    const clones = workers.map(async (root) => {
      const worker = new Workplace(root);
      return await Object.assign(worker, { mirrorsDir: place.mirrorsDir }).clone({ url: place.origin });
    });
    const commits = new Set((await Promise.all(clones)).map(({ baseCommit }) => baseCommit));
    expect(commits.size).toBe(1);
    expect(await mirrors(place)).toHaveLength(1);
    for (const root of workers) await git(join(root, 'workspace/repo'), 'fsck', '--strict');
  });

  test('is not reached through the clone', async () => {
    const place = await createWorkplace();
    await place.clone();
    const files = await readdir(join(place.repoDir, '.git/objects'), {
      recursive: true,
      withFileTypes: true,
    });
    for (const file of files.filter((entry) => entry.isFile())) {
      expect((await stat(join(file.parentPath, file.name))).nlink).toBe(1);
    }
    expect(files.map(({ name }) => name)).not.toContain('alternates');
  });

  test.each([
    ['lost its objects', async (mirror: string) => await rm(join(mirror, 'objects'), { recursive: true })],
    [
      'lost its tail',
      async (mirror: string) => await damagePacks(mirror, async (file) => await truncate(file, 40)),
    ],
    ['has a wrong byte', async (mirror: string) => await damagePacks(mirror, flipLastByteOfData)],
    ['is no repository', async (mirror: string) => await rm(join(mirror, 'HEAD'))],
    [
      'is a file',
      async (mirror: string) =>
        await rm(mirror, { recursive: true }).then(async () => await writeFile(mirror, '')),
    ],
  ])('that %s is healed', async (_damage, damage) => {
    const place = await createWorkplace({ a: 'a\n'.repeat(1000), b: 'b' });
    await place.clone();
    await damage(await theMirror(place));
    await place.clone();
    expect(await git(place.repoDir, 'fsck', '--strict')).toBe('');
    expect(await git(await theMirror(place), 'fsck', '--strict')).toBe('');
  });

  test('with the lock of a worker that was killed is healed', async () => {
    const place = await createWorkplace();
    await place.clone();
    await writeFile(join(await theMirror(place), 'shallow.lock'), '');
    const commit = await commitAll(place.origin, 'second');
    expect((await place.clone()).baseCommit).toBe(commit);
  });

  test('stays as it was when the remote fails while it is healed', async () => {
    const place = await createWorkplace();
    await place.clone();
    await writeFile(join(await theMirror(place), 'HEAD'), 'nonsense');
    const before = await readdir(await theMirror(place));
    await rm(join(place.origin, '.git/objects'), { recursive: true });
    await mkdir(join(place.origin, '.git/objects'));
    await expect(place.clone()).rejects.toBeInstanceOf(RepositoryError);
    expect(await readdir(await theMirror(place))).toEqual(before);
  });

  test('does not mind a branch in place of a deleted one', async () => {
    const place = await createWorkplace();
    await git(place.origin, 'branch', 'topic');
    await place.clone({ branch: 'topic' });
    await git(place.origin, 'branch', '-D', 'topic');
    await git(place.origin, 'branch', 'topic/one');
    expect((await place.clone({ branch: 'topic/one' })).branch).toBe('topic/one');
  });
});

describe('without a remote', () => {
  test('a repository begins with an empty commit', async () => {
    const place = new Workplace(await temporaryDirectory());
    const { repoDir, snapshotDir, job } = place;
    const checkout = await initRepository({ ...job, repoDir, snapshotDir, at: AT });
    expect(checkout).toMatchObject({ branch: 'main', baseIsRemote: false });
    expect(await git(repoDir, 'log', '--format=%an %ae %aI %s', checkout.branch)).toBe(
      'Outpost outpost@localhost 2026-11-23T12:00:00+00:00 Empty base',
    );
    expect(await git(repoDir, 'status', '--porcelain', '--branch')).toBe('## main');
    expect(await recentCommits({ host: job.host, snapshot: checkout, limit: 5 })).toEqual([]);
  });
});

describe('a persistent workspace', () => {
  test('is continued as it was left, on the base of its clone', async () => {
    const place = await createWorkplace();
    const { repoDir, snapshotDir } = place;
    const first = await place.clone();
    await appendFile(join(repoDir, 'readme.md'), 'more\n');
    await commitAll(repoDir, 'by the agent');
    expect(await continueRepository({ repoDir, snapshotDir })).toEqual(first);
    await expect(readFile(join(repoDir, 'readme.md'), 'utf8')).resolves.toBe('hello\nmore\n');
  });

  test('is not continued when its clone was cut off, or is gone', async () => {
    const place = await createWorkplace();
    const { repoDir, snapshotDir } = place;
    expect(await continueRepository({ repoDir, snapshotDir })).toBeUndefined();
    await place.clone();
    await rm(repoDir, { recursive: true });
    expect(await continueRepository({ repoDir, snapshotDir })).toBeUndefined();
    await expect(place.clone({ url: '/no/such' })).rejects.toThrow('not found');
    await mkdir(repoDir);
    expect(await continueRepository({ repoDir, snapshotDir })).toBeUndefined();
  });
});

async function mirrors(place: Workplace): Promise<string[]> {
  return (await readdir(place.mirrorsDir)).filter((name) => name.endsWith('.git'));
}

async function theMirror(place: Workplace): Promise<string> {
  return join(place.mirrorsDir, (await mirrors(place))[0] ?? '');
}

async function damagePacks(mirror: string, damage: (file: string) => Promise<void>): Promise<void> {
  const files = await readdir(join(mirror, 'objects'), { recursive: true, withFileTypes: true });
  for (const entry of files.filter((file) => file.isFile() && !/\.(idx|rev)$/.test(file.name))) {
    const file = join(entry.parentPath, entry.name);
    await chmod(file, 0o600);
    await damage(file);
  }
}

async function flipLastByteOfData(file: string): Promise<void> {
  const content = await readFile(file);
  const position = Math.max(0, content.length - 24);
  content[position] = (content[position] ?? 0) ^ 0xff;
  await writeFile(file, content);
}

async function filesWith(root: string, text: string): Promise<string[]> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const contents = await Promise.all(
    files.map(async (file) => [file, await readFile(file, 'latin1')] as const),
  );
  return contents.filter(([file, content]) => (file + content).includes(text)).map(([file]) => file);
}

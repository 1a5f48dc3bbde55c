import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { createGitRepositories } from './repositories.js';
import { git, repositoryAt, temporaryDirectory, temporaryHost } from './testing/places.js';
import { advertise, challenge, isAuthorized, webServer } from './testing/web-remote.js';

const TOKEN = 'ghs_notARealToken123';
const COMMIT = 'a'.repeat(40);

async function localRepository() {
  const repository = await repositoryAt(join(await temporaryDirectory(), 'origin'));
  const host = await temporaryHost();
  const repositories = createGitRepositories({ ...host, timeoutMs: 20_000 });
  const find = async (url: string, branch?: string) =>
    await repositories.findBranch({ url, token: undefined, branch, hosts: undefined });
  return { ...repository, host, find };
}

async function findOnWeb(url: string, options: { token?: string; timeoutMs?: number } = {}) {
  const host = await temporaryHost();
  const repositories = createGitRepositories({ ...host, timeoutMs: options.timeoutMs ?? 20_000 });
  return {
    host,
    found: await repositories.findBranch({ url, token: options.token, branch: undefined, hosts: undefined }),
  };
}

describe('a repository on this machine', () => {
  test.each(['', 'file://'])('is found by path or URL (%s)', async (scheme) => {
    const { path, commit, find } = await localRepository();
    expect(await find(scheme + path, 'main')).toEqual({ outcome: 'found', branch: 'main', commit });
    expect(await find(scheme + path)).toEqual({ outcome: 'found', branch: 'main', commit });
  });

  test('does not have every branch', async () => {
    const { path, find } = await localRepository();
    expect(await find(path, 'no/such')).toEqual({ outcome: 'branch_missing', defaultBranch: 'main' });
  });

  test('is not mistaken for one with a branch of which another is the end', async () => {
    const { path, find } = await localRepository();
    await git(path, 'update-ref', 'refs/heads/x/refs/heads/topic', 'HEAD');
    expect(await find(path, 'topic')).toMatchObject({ outcome: 'branch_missing' });
  });

  test('may have a detached HEAD', async () => {
    const { path, commit, find } = await localRepository();
    await git(path, 'checkout', '-q', '--detach');
    expect(await find(path)).toEqual({ outcome: 'found', branch: 'main', commit });
  });

  test('may be empty', async () => {
    const { find } = await localRepository();
    const empty = await temporaryDirectory();
    await git(empty, 'init', '-q', '--bare');
    expect(await find(empty)).toEqual({ outcome: 'empty' });
    expect(await find(empty, 'main')).toEqual({ outcome: 'empty' });
  });

  test('may be missing', async () => {
    const { find } = await localRepository();
    expect(await find('/no/such/repository')).toEqual({
      outcome: 'unreachable',
      message: 'could not read from /no/such/repository: repository not found or no access',
    });
  });
});

describe('an address', () => {
  test('never becomes an option', async () => {
    const { find } = await localRepository();
    const canary = join(await temporaryDirectory(), 'canary');
    expect(await find(`--upload-pack=touch ${canary};`, 'main')).toMatchObject({ outcome: 'unreachable' });
    await expect(readdir(join(canary, '..'))).resolves.toEqual([]);
  });

  test('never names a program', async () => {
    const { find } = await localRepository();
    const directory = await temporaryDirectory();
    expect(await find(`ext::sh -c touch% ${join(directory, 'canary')}`)).toMatchObject({
      outcome: 'unreachable',
    });
    await expect(readdir(directory)).resolves.toEqual([]);
  });

  test('with plain http is refused for another machine', async () => {
    const { found } = await findOnWeb('http://repository.invalid/a/b.git', { token: TOKEN });
    expect(found).toMatchObject({ outcome: 'unreachable', message: expect.stringContaining('not allowed') });
  });
});

describe('a token', () => {
  test('is sent to its host, and the helper is gone afterwards', async () => {
    const remote = await webServer((request, response) =>
      isAuthorized(request, TOKEN) ? advertise(response, COMMIT) : challenge(response),
    );
    const { host, found } = await findOnWeb(`${remote.origin}/a/b.git`, { token: TOKEN });
    expect(found).toEqual({ outcome: 'found', branch: 'main', commit: COMMIT });
    await expect(readdir(host.home)).resolves.toEqual([]);
  });

  test('is not sent where a redirect leads', async () => {
    const thief = await webServer((_request, response) => challenge(response));
    const remote = await webServer((request, response) => {
      response.writeHead(302, { location: `${thief.origin}${request.url ?? ''}` }).end();
    });
    const { found } = await findOnWeb(`${remote.origin}/a/b.git`, { token: TOKEN });
    expect(found).toMatchObject({ outcome: 'unreachable', message: expect.stringContaining('no access') });
    expect(thief.authorizations).toEqual(['']);
  });

  test('that is wrong is not in the message', async () => {
    const remote = await webServer((_request, response) => challenge(response));
    const { found } = await findOnWeb(`${remote.origin}/a/b.git`, { token: TOKEN });
    expect(found).toEqual({
      outcome: 'unreachable',
      message: `could not read from ${remote.origin}/a/b.git: repository not found or no access`,
    });
  });
});

describe('a host', () => {
  test('may have no such repository', async () => {
    const remote = await webServer((_request, response) => response.writeHead(404).end());
    const { found } = await findOnWeb(`${remote.origin}/a/b.git`);
    expect(found).toMatchObject({ message: expect.stringContaining('repository not found or no access') });
  });

  test('may refuse the connection', async () => {
    const { found } = await findOnWeb('http://127.0.0.1:1/a/b.git');
    expect(found).toMatchObject({
      message: 'could not read from http://127.0.0.1:1/a/b.git: no connection to the host',
    });
  });

  test('may stay silent: git and its helper are stopped', async () => {
    const closed = Promise.withResolvers<void>();
    const remote = await webServer((request) => request.socket.on('close', () => closed.resolve()));
    const { found } = await findOnWeb(`${remote.origin}/a/b.git`, { timeoutMs: 300 });
    expect(found).toMatchObject({
      outcome: 'unreachable',
      message: expect.stringContaining('no answer in time'),
    });
    // The connection is git-remote-http's: it closes only when that ends too.
    await closed.promise;
  });
});

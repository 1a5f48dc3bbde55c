import { execa } from 'execa';
import type { ServerResponse } from 'node:http';
import { describe, expect, test } from 'vitest';
import { gitEnvironment } from './environment.js';
import { GitError } from './git-error.js';
import { describeRemoteFailure } from './remote-failure.js';
import { guardRemote } from './remote-guard.js';
import { isHostAmong, isPublicAddress, systemLookup, type Lookup } from '../net/public-host.js';
import { PRIVATE_ADDRESSES, PRIVATE_WEB_URLS } from '../net/testing/private-places.js';
import type { RemotePolicy } from './remote-policy.js';
import { findRemoteBranch } from './repositories.js';
import { temporaryHost } from './testing/places.js';
import { advertise, webServer } from './testing/web-remote.js';

const PUBLIC: RemotePolicy = { hosts: ['*'], privateHosts: [] };
const COMMIT = 'a'.repeat(40);

/** By ssh, in its two ways to write it. */
const PRIVATE_SSH_REMOTES = [
  'ssh://git@127.0.0.1/a',
  'ssh://git@2130706433/a',
  'ssh://git@0x7f.1/a',
  'ssh://git@127.1:2222/a',
  'ssh://git@[::1]/a',
  'git@localhost:a/b',
  'git@127.1:a/b',
  'git@10.0.0.1:a/b',
];

/** Every host has these addresses. */
const resolvingTo =
  (...addresses: readonly string[]): Lookup =>
  async () =>
    addresses;

describe('an address', () => {
  test.each(['', ...PRIVATE_ADDRESSES])('that is not public: %s', (address) => {
    expect(isPublicAddress(address)).toBe(false);
  });

  test.each(['140.82.121.3', '1.1.1.1', '172.15.0.1', '172.32.0.1', '2606:4700::1111', '::ffff:8.8.8.8'])(
    'that is public: %s',
    (address) => {
      expect(isPublicAddress(address)).toBe(true);
    },
  );
});

describe('a remote', () => {
  test.each([...PRIVATE_WEB_URLS, ...PRIVATE_SSH_REMOTES])(
    'on no public host is refused: %s',
    async (url) => {
      const guarded = guardRemote({ url, policy: PUBLIC, hasProxy: false, lookup: systemLookup });
      await expect(guarded).rejects.toMatchObject({ reason: 'refused' });
    },
  );

  test('is refused when any of its addresses is not public', async () => {
    const lookup = resolvingTo('140.82.121.3', '10.0.0.1');
    const guarded = guardRemote({
      url: 'https://git.example.com/a',
      policy: PUBLIC,
      hasProxy: false,
      lookup,
    });
    await expect(guarded).rejects.toThrow('git.example.com is not on the public internet');
  });

  test('is refused when its name cannot be resolved, unless a proxy does that', async () => {
    const lookup: Lookup = async () => {
      throw new Error('ENOTFOUND');
    };
    const params = { url: 'https://git.example.com/a', policy: PUBLIC, lookup };
    await expect(guardRemote({ ...params, hasProxy: false })).rejects.toThrow('cannot be resolved');
    expect((await guardRemote({ ...params, hasProxy: true })).config).toEqual({
      'http.followRedirects': 'false',
    });
  });

  test('is pinned to what was found', async () => {
    const lookup = resolvingTo('140.82.121.3', '2606:4700::1111');
    const pin = (url: string) => guardRemote({ url, policy: PUBLIC, hasProxy: false, lookup });
    expect((await pin('https://git.example.com:8443/a')).config).toEqual({
      'http.followRedirects': 'false',
      'http.curloptResolve': 'git.example.com:8443:140.82.121.3,[2606:4700::1111]',
    });
    const ssh = ['-o', 'HostName=140.82.121.3', '-o', 'HostKeyAlias=git.example.com'];
    expect((await pin('ssh://git@git.example.com/a')).ssh).toEqual(ssh);
    expect((await pin('git@git.example.com:a/b')).ssh).toEqual(ssh);
  });

  test.each([
    [['github.com', '*.corp.example'], 'https://github.com/a/b', true],
    [['github.com', '*.corp.example'], 'https://git.corp.example/a', true],
    [['github.com', '*.corp.example'], 'https://GitHub.com./a', true],
    [['github.com', '*.corp.example'], 'https://corp.example/a', false],
    [['github.com', '*.corp.example'], 'https://github.com.evil.example/a', false],
    [['github.com', '*.corp.example'], 'git@evilcorp.example:a', false],
  ] as const)('is held against the hosts that are allowed: %j, %s', async (hosts, url, isAllowed) => {
    const lookup = resolvingTo('140.82.121.3');
    const guarded = guardRemote({ url, policy: { hosts, privateHosts: [] }, hasProxy: false, lookup });
    if (isAllowed) await expect(guarded).resolves.toBeDefined();
    else await expect(guarded).rejects.toThrow('not one of the hosts that are allowed');
  });

  test('that is a path is no business of this', async () => {
    for (const url of ['/srv/repository', 'file:///srv/repository'])
      expect(await guardRemote({ url, policy: PUBLIC, hasProxy: false })).toEqual({ config: {}, ssh: [] });
  });

  test.each([
    [['*'], 'any', true],
    [['::1'], '::1', true],
    [[], 'any', false],
  ])('patterns %j match %s: %s', (patterns, host, isMatch) => {
    expect(isHostAmong(patterns, host)).toBe(isMatch);
  });
});

describe('git', () => {
  const counted = async (answer: (response: ServerResponse) => void) => {
    const paths: string[] = [];
    const { origin } = await webServer((request, response) => {
      paths.push(request.url ?? '');
      answer(response);
    });
    return { origin, paths, port: new URL(origin).port };
  };

  test('never reaches what the guard refuses', async () => {
    const { origin, paths } = await counted((response) => advertise(response, COMMIT));
    const find = async (privateHosts: readonly string[]) => {
      const host = { ...(await temporaryHost()), remotes: { hosts: ['*'], privateHosts } };
      const signal = AbortSignal.timeout(20_000);
      return findRemoteBranch({ url: origin, token: undefined, branch: undefined, host, signal });
    };
    expect(await find([])).toMatchObject({
      outcome: 'unreachable',
      message: expect.stringContaining('127.0.0.1 is not on the public internet'),
    });
    expect(paths).toEqual([]);
    expect(await find(['127.0.0.1'])).toMatchObject({ outcome: 'found', commit: COMMIT });
  });

  /** As runGit starts it, with this pin. */
  const lsRemote = async (url: string, config: Readonly<Record<string, string>>) => {
    const host = await temporaryHost();
    const env = gitEnvironment({
      ...host,
      protocols: ['http'],
      pin: { config, ssh: [], addresses: undefined },
    });
    return execa('git', ['ls-remote', url], { env, extendEnv: false, reject: false });
  };

  test('connects to where it is pinned, whatever the name resolves to by then', async () => {
    const { port, paths } = await counted((response) => advertise(response, COMMIT));
    const elsewhere = { 'http.curloptResolve': `localhost:${port}:127.0.0.2` };
    expect(await lsRemote(`http://localhost:${port}/a`, elsewhere)).toMatchObject({ failed: true });
    expect(paths).toEqual([]);
    const here = { 'http.curloptResolve': `git.example.com:${port}:127.0.0.1` };
    const found = await lsRemote(`http://git.example.com:${port}/a`, here);
    expect(found.stdout).toContain(`${COMMIT}\trefs/heads/main`);
  });

  test('follows no redirect of a host that was pinned', async () => {
    const target = await counted((response) => advertise(response, COMMIT));
    const { origin } = await counted((response) => {
      response.writeHead(302, { location: `${target.origin}/a/info/refs?service=git-upload-pack` }).end();
    });
    const { failed, stderr } = await lsRemote(`${origin}/a`, { 'http.followRedirects': 'false' });
    expect(failed).toBe(true);
    expect(target.paths).toEqual([]);
    const error = new GitError({ reason: 'failed', command: 'ls-remote', stderr });
    expect(describeRemoteFailure(origin, error)).toContain('the repository has moved');
  });
});

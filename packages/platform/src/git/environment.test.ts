import { access, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { gitEnvironment } from './environment.js';
import { GitError } from './git-error.js';
import { displayUrl, remoteAccess } from './remote-access.js';
import { ANY_REMOTE } from './remote-policy.js';
import { runGit } from './run-git.js';
import { safeGit } from './simple.js';
import { repositoryAt, temporaryDirectory, temporaryHost } from './testing/places.js';

const PLACE = { path: '/bin', home: '/home', remotes: ANY_REMOTE };

test('takes nothing from the ambient environment but the way to the network', () => {
  const ambient = {
    HTTPS_PROXY: 'http://proxy',
    no_proxy: '',
    GIT_DIR: '/x',
    GIT_SSH_COMMAND: 'evil',
    LD_PRELOAD: 'x',
  };
  const environment = gitEnvironment({ ...PLACE, ambient });
  expect(environment).toMatchObject({
    HTTPS_PROXY: 'http://proxy',
    GIT_TERMINAL_PROMPT: '0',
    GIT_CONFIG_GLOBAL: '/dev/null',
  });
  expect(environment['GIT_SSH_COMMAND']).toContain('BatchMode=yes');
  for (const name of ['GIT_DIR', 'LD_PRELOAD', 'no_proxy', 'GIT_ASKPASS'])
    expect(environment).not.toHaveProperty(name);
});

test.each([
  ['https://github.com/a/b', 'https://github.com', false],
  ['https://user@host:8443/a', 'https://host:8443', false],
  ['http://127.0.0.1:3000/a', 'http://127.0.0.1:3000', true],
  ['http://localhost/a', 'http://localhost', true],
  ['http://[::1]:1/a', 'http://[::1]:1', true],
  ['http://127.0.0.1.example.org/a', undefined, false],
  ['http://example.org/a', undefined, false],
  ['ssh://git@github.com/a', undefined, false],
  ['git@github.com:a/b', undefined, false],
  ['/a/path', undefined, false],
])('%s: token to %s', (url, tokenOrigin, http) => {
  const allowed = remoteAccess(url);
  expect(allowed.tokenOrigin).toBe(tokenOrigin);
  expect(allowed.protocols.includes('http')).toBe(http);
});

test('an address is shown without its credentials', () => {
  expect(displayUrl('https://user:secret@host/a@b')).toBe('https://host/a@b');
  expect(displayUrl('git@github.com:a/b')).toBe('git@github.com:a/b');
});

test('hooks of a repository stay silent, with execa and with simple-git', async () => {
  const directory = await temporaryDirectory();
  const { path } = await repositoryAt(join(directory, 'repo'));
  const host = await temporaryHost();
  const canary = join(directory, 'canary');
  await mkdir(join(path, '.git/hooks'), { recursive: true });
  await writeFile(join(path, '.git/hooks/post-checkout'), `#!/bin/sh\ntouch ${canary}\n`, { mode: 0o755 });
  await runGit({ host, args: ['checkout', '-q', '-b', 'one'], cwd: path });
  await safeGit({ host, baseDir: path }).raw(['checkout', '-q', '-b', 'two']);
  expect((await runGit({ host, args: ['branch', '--show-current'], cwd: path })).toString()).toBe('two\n');
  await expect(access(canary)).rejects.toThrow('ENOENT');
});

test('a failure says which command and why', async () => {
  const host = await temporaryHost();
  const failure = runGit({ host, args: ['rev-parse', 'nonsense'], cwd: await temporaryDirectory() });
  await expect(failure).rejects.toThrow(/^git rev-parse failed: not a git repository/);
  await expect(failure).rejects.toBeInstanceOf(GitError);
});

test('a machine without git is told apart', async () => {
  const host = { ...(await temporaryHost()), path: '/nowhere' };
  await expect(runGit({ host, args: ['version'], cwd: '/' })).rejects.toMatchObject({
    reason: 'not_installed',
  });
});

test('an abort ends git', async () => {
  const host = await temporaryHost();
  const controller = new AbortController();
  const running = runGit({
    host,
    args: ['hash-object', '--stdin-paths'],
    cwd: '/',
    signal: controller.signal,
  });
  controller.abort();
  await expect(running).rejects.toMatchObject({ reason: 'aborted' });
});

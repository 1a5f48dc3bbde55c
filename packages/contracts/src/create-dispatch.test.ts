import { describe, expect, it } from 'vitest';
import { CreateDispatchSchema } from './create-dispatch.js';

const valid = { agent: 'claude', task: 'Fix the flaky test in cart.test.ts.' };
const problems = (body: object): string[] =>
  CreateDispatchSchema.safeParse({ ...valid, ...body }).error?.issues.map((issue) => issue.path.join('.')) ??
  [];

describe('POST /dispatch, the body', () => {
  it('fills in what was left out', () => {
    expect(CreateDispatchSchema.parse(valid)).toEqual({
      ...valid,
      contextLevel: 'standard',
      timeoutSeconds: 600,
    });
  });

  it.each([
    'octocat/hello-world',
    'https://git.example.com/team/app.git',
    'ssh://git@git.example.com:2222/team/app.git',
    'git@github.com:octocat/hello-world.git',
    'file:///srv/git/app.git',
    '/srv/git/app',
  ])('takes %s as a repository', (repo) => {
    expect(problems({ repo })).toEqual([]);
  });

  it.each([
    'hello-world',
    'a/b/c',
    'ftp://example.com/x.git',
    'https://user:secret@example.com/x.git',
    'https://token@example.com/x.git',
    'https://good.example\\@evil.example/x.git',
    'https://good.example%2f@evil.example/x.git',
    'https://good.example%00.evil.example/x.git',
    'https://good.example:443@evil.example/x.git',
    'https://good.example@evil.example/x.git',
    'https://\u24d4xample.com/x.git',
    'https://127\u30020\u30020\u30021/x.git',
    'https://1\u0665.example/x.git',
    'https:///x.git',
    'https:example.com/x.git',
    'https://example.com\t/x.git',
    'ssh://git@[::1%25eth0]/x.git',
    'ssh://-oProxyCommand=id/x.git',
    'ssh://git@-oProxyCommand=id/x.git',
    'git@-oProxyCommand:x',
    '-l@example.com:x',
    'ext::sh -c id',
    '--upload-pack=id',
    '../x/y',
    '',
  ])('refuses %s as a repository', (repo) => {
    expect(problems({ repo })).toEqual(['repo']);
  });

  it.each(['-x', 'a..b', 'a b', 'a~1', 'x.lock', '/a', 'a/', '@', 'a@{1}', '.a', ''])(
    'refuses %j as a branch',
    (branch) => {
      expect(problems({ repo: 'o/r', branch })).toEqual(['branch']);
    },
  );

  it.each(['main', 'feature/x-1', 'release/2.0'])('takes %s as a branch', (branch) => {
    expect(problems({ repo: 'o/r', branch })).toEqual([]);
  });

  it.each([
    ['a task that is too short', { task: 'short' }, 'task'],
    ['a task of white space', { task: ' '.repeat(40) }, 'task'],
    ['a task of 50,001 characters', { task: 'x'.repeat(50_001) }, 'task'],
    ['an unknown agent', { agent: 'gpt' }, 'agent'],
    ['a branch without a repository', { branch: 'main' }, 'branch'],
    ['29 seconds', { timeoutSeconds: 29 }, 'timeoutSeconds'],
    ['86,401 seconds', { timeoutSeconds: 86_401 }, 'timeoutSeconds'],
    ['a secret that would replace PATH', { secrets: ['PATH'] }, 'secrets.0'],
    ['a secret that would load code', { secrets: ['LD_PRELOAD'] }, 'secrets.0'],
    [
      'an ephemeral workspace that continues',
      { workspaceMode: 'ephemeral', workspaceId: '3f2b8c1e-0f39-4b5a-9d3e-2d6f0c8b7a10' },
      'workspaceMode',
    ],
    ['an unknown field', { priority: 1 }, ''],
  ])('refuses %s', (_, body, path) => {
    expect(problems(body)).toEqual([path]);
  });

  it('takes a task of exactly 50,000 characters', () => {
    expect(problems({ task: 'x'.repeat(50_000) })).toEqual([]);
  });
});

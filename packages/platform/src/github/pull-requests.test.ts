import { describe, expect, onTestFinished, test } from 'vitest';
import { ANY_REMOTE, type RemotePolicy } from '../git/remote-policy.js';
import type { PullRequestParams } from '../ports/pull-requests.js';
import { startGitHubApi } from '../testing/github-api.js';
import { createGitHubPullRequests } from './pull-requests.js';

const TOKEN = 'ghp_that-nobody-may-see';

const start = async (remotes: RemotePolicy = ANY_REMOTE) => {
  const api = await startGitHubApi([TOKEN]);
  onTestFinished(api.close);
  const pullRequests = createGitHubPullRequests({ remotes, timeoutMs: 5_000 });
  const params: PullRequestParams = {
    repository: { host: '127.0.0.1', apiUrl: `${api.origin}/api/v3`, owner: 'octo', name: 'cart' },
    token: TOKEN,
    hosts: undefined,
    head: 'outpost/1',
    base: 'main',
    title: 'Fix the cart',
    body: 'By an agent.',
    isDraft: false,
  };
  const put = async (more: Partial<PullRequestParams> = {}) => pullRequests.put({ ...params, ...more });
  const shown = (call: number) => {
    const { method, path, authorization, body, query } = api.calls.at(call)!;
    return { call: `${method} ${path}`, authorization, body, query };
  };
  return { api, put, shown, params };
};

describe('pull requests on GitHub Enterprise', () => {
  test('opens one, with the token, under the base URL of the server', async () => {
    const { api, put, shown } = await start();
    const url = `${api.origin}/octo/cart/pull/1`;
    expect(await put({ isDraft: true })).toEqual({ outcome: 'open', number: 1, url, isDraft: true });
    expect(shown(0)).toEqual({
      call: 'GET /api/v3/repos/octo/cart/pulls',
      authorization: `token ${TOKEN}`,
      body: undefined,
      query: { head: 'octo:outpost/1', state: 'open' },
    });
    expect(shown(1)).toEqual({
      call: 'POST /api/v3/repos/octo/cart/pulls',
      authorization: `token ${TOKEN}`,
      body: { head: 'outpost/1', base: 'main', title: 'Fix the cart', body: 'By an agent.', draft: true },
      query: {},
    });
  });

  test('updates the one that is open, its draft too, and opens another once that is closed', async () => {
    const { api, put, shown } = await start();
    await put();
    const again = await put({ title: 'Better', base: 'next', isDraft: true });
    expect(again).toMatchObject({ outcome: 'open', number: 1, isDraft: true });
    expect(shown(-2)).toMatchObject({
      call: 'PATCH /api/v3/repos/octo/cart/pulls/1',
      body: { title: 'Better', base: 'next', body: 'By an agent.' },
    });
    expect(shown(-1)).toMatchObject({ call: 'POST /api/graphql', body: { variables: { id: 'PR_1' } } });
    expect(api.pulls).toMatchObject([{ title: 'Better', base: { ref: 'next' }, draft: true }]);
    expect(await put({ isDraft: false })).toMatchObject({ number: 1, isDraft: false });
    expect(api.pulls).toMatchObject([{ draft: false }]);
    api.pulls[0]!.state = 'closed';
    expect(await put()).toMatchObject({ outcome: 'open', number: 2 });
  });

  test('finds the one that another opened meanwhile', async () => {
    const { api, put } = await start();
    await put({ title: 'The other' });
    void api.interfere(({ method }) => method === 'GET', { status: 200, body: [] });
    expect(await put()).toMatchObject({ outcome: 'open', number: 1 });
    expect(api.pulls).toMatchObject([{ title: 'Fix the cart' }]);
  });

  test.each([
    [401, { message: 'Bad credentials' }, 'the token is not valid there'],
    [403, { message: 'Resource not accessible' }, 'the token needs the right to write pull requests'],
    [
      422,
      { message: 'Validation Failed', errors: [{ message: 'No commits between' }] },
      'No commits between',
    ],
    [301, { message: 'Moved Permanently' }, 'the repository has moved'],
  ])('says why the API refuses with %i, without the token', async (status, body, words) => {
    const { api, put } = await start();
    void api.interfere(({ method }) => method === 'POST', {
      status,
      body: { ...body, message: `${body.message} ${TOKEN}` },
    });
    const result = await put();
    expect(result).toMatchObject({ outcome: 'refused' });
    expect(JSON.stringify(result)).toContain(words);
    expect(JSON.stringify(result)).not.toContain(TOKEN);
  });

  test('tells a server that fails from one that refuses', async () => {
    const { api, put } = await start();
    void api.interfere(() => true, { status: 502, body: {} });
    expect(await put()).toMatchObject({ outcome: 'unreachable', message: expect.stringContaining('502') });
    await api.close();
    expect(await put()).toMatchObject({ outcome: 'unreachable' });
  });

  test.each<[string, RemotePolicy]>([
    ['a host that is not allowed', { hosts: ['github.com'], privateHosts: ['*'] }],
    ["a host that is not among the tenant's", { ...ANY_REMOTE, only: ['github.com'] }],
    ['a host of a private network', { hosts: ['*'], privateHosts: [] }],
  ])('does not connect to %s', async (_, remotes) => {
    const { api, put } = await start(remotes);
    expect(await put()).toMatchObject({ outcome: 'refused', message: expect.stringContaining('127.0.0.1') });
    expect(api.calls).toEqual([]);
  });
});

import type { ErrorBody } from '@outpost/contracts';
import { fakeAgentEnv, SITES, type Outpost, type Site } from '@outpost/test-support';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const LOCAL_ONLY = ['file:///etc', '/etc', 'http://localhost/a'];
const task = 'Write a test for the empty cart.';

describe.each(SITES)('repositories on hosts that may not be asked, on $name', ({ name, open }) => {
  let site: Site;
  let outpost: Outpost;

  beforeAll(async () => {
    site = await open();
    outpost = await site.start({
      env: {
        ...(await fakeAgentEnv(site.directory)),
        OUTPOST_REPOSITORY_HOSTS: '127.0.0.1,localhost,169.254.169.254',
        OUTPOST_PRIVATE_REPOSITORY_HOSTS: 'none',
      },
    });
  });
  afterAll(async () => {
    const { body } = await outpost.call<{ runs: unknown[] }>('GET', '/runs');
    expect(body.runs).toEqual([]);
    await outpost.stop();
    await site.close();
  });

  it.each<readonly [repo: string, words: string]>([
    ['https://127.0.0.1/a/b', 'not on the public internet'],
    ['https://localhost/a/b', 'not on the public internet'],
    ['https://169.254.169.254/latest/meta-data', 'not on the public internet'],
    ['https://169.254.169.254.evil.example/a', 'not one of the hosts that are allowed'],
    ['octocat/hello-world', 'github.com is not one of the hosts that are allowed'],
    ['git@github.com:octocat/hello-world', 'github.com is not one of the hosts that are allowed'],
    ['https://localhost\\@example.com/a', 'must be owner/name'],
    ['https://localhost%2f@example.com/a', 'must be owner/name'],
    ['ftp://127.0.0.1/a', 'must be owner/name'],
    ...(name === 'aws' ? LOCAL_ONLY.map((repo) => [repo, 'local mode only'] as const) : []),
  ])('%s is refused, and nothing is written', async (repo, words) => {
    const { status, body } = await outpost.call<ErrorBody>('POST', '/dispatch', {
      json: { agent: 'claude', task, repo },
    });
    expect(status).toBe(400);
    expect(body.error.details).toMatchObject([{ path: 'body.repo' }]);
    expect(body.error.message).toContain(words);
  });
});

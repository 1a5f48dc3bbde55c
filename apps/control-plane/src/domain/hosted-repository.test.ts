import { describe, expect, test } from 'vitest';
import { branchUrl, hostedRepository, hostOf } from './hosted-repository.js';

const GITHUB = {
  host: 'github.com',
  apiUrl: 'https://api.github.com',
  owner: 'octo',
  name: 'cart.js',
  webUrl: 'https://github.com/octo/cart.js',
};
const enterprise = (origin: string) => ({
  host: 'ghe.example.com',
  apiUrl: `${origin}/api/v3`,
  owner: 'octo',
  name: 'cart',
  webUrl: `${origin}/octo/cart`,
});

describe('a repository that has pull requests', () => {
  test.each([
    ['octo/cart.js', GITHUB],
    ['https://github.com/octo/cart.js', GITHUB],
    ['https://github.com/octo/cart.js.git/', GITHUB],
    ['git@github.com:octo/cart.js.git', GITHUB],
    ['ssh://git@github.com/octo/cart.js.git', GITHUB],
    ['https://ghe.example.com/octo/cart.git', enterprise('https://ghe.example.com')],
    ['https://ghe.example.com:8443/octo/cart', enterprise('https://ghe.example.com:8443')],
    ['git@ghe.example.com:octo/cart.git', enterprise('https://ghe.example.com')],
    ['ssh://git@ghe.example.com:2222/octo/cart.git', enterprise('https://ghe.example.com')],
    ['http://ghe.example.com/octo/cart', enterprise('http://ghe.example.com')],
  ])('is %s', (repo, expected) => {
    expect(hostedRepository(repo, ['ghe.example.com'])).toEqual(expected);
  });

  test.each([
    'https://gitlab.com/octo/cart',
    'https://github.com.evil.example/octo/cart',
    'https://github.com/octo',
    'https://github.com/octo/cart/more',
    'https://github.com/',
    '/srv/git/cart',
    'file:///srv/git/cart',
    'not a repository',
  ])('is not %s', (repo) => {
    expect(hostedRepository(repo, ['ghe.example.com'])).toBeUndefined();
  });

  test('shows its branches', () => {
    const url = branchUrl(hostedRepository('octo/cart.js', [])!, 'outpost/50% done#1');
    expect(url).toBe('https://github.com/octo/cart.js/tree/outpost/50%25%20done%231');
  });
});

test('a host is that of the URL, and a path has none', () => {
  expect(hostOf('https://gitlab.com/octo/cart')).toBe('gitlab.com');
  expect(hostOf('git@gitlab.com:octo/cart')).toBe('gitlab.com');
  expect(hostOf('/srv/git/cart')).toBeUndefined();
});

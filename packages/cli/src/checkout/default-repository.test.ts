import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { readConfig } from '../config.js';
import { git } from '../demo/git.js';
import { chooseRepository, type RepositoryChoice } from './default-repository.js';

const LOCAL = 'http://127.0.0.1:3000';
const ELSEWHERE = 'https://outpost.example.com';
const AUTHOR = ['-c', 'user.name=Test', '-c', 'user.email=test@example.com'];

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'outpost-cli-'));
  await run('init', '--quiet', '--initial-branch=main');
  await commit();
});

const run = async (...args: string[]): Promise<string> =>
  git(args, { cwd: directory, base: readConfig().base });
const commit = async (): Promise<string> => run(...AUTHOR, 'commit', '--quiet', '--allow-empty', '-m', 'On');
const choose = async (url: string, said?: string | false): Promise<RepositoryChoice> =>
  chooseRepository({ repo: said, branch: undefined, url, config: readConfig({ INIT_CWD: directory }) });

/** As `git push -u` leaves it. */
async function track(url: string): Promise<void> {
  await run('remote', 'add', 'origin', url);
  await run('config', 'branch.main.remote', 'origin');
  await run('config', 'branch.main.merge', 'refs/heads/trunk');
  await run('update-ref', 'refs/remotes/origin/trunk', 'HEAD');
}

test('a control plane of this machine is given the path', async () => {
  expect(await choose(LOCAL)).toEqual({ repo: directory, branch: 'main', notes: [] });
});

test('one elsewhere is given the remote, without credentials, and the branch that is tracked', async () => {
  await track('https://user:token@git.example.com/shop/cart.git');
  const repo = 'https://git.example.com/shop/cart.git';
  expect(await choose(ELSEWHERE)).toEqual({ repo, branch: 'trunk', notes: [] });
  await commit();
  expect((await choose(ELSEWHERE)).notes).toEqual([
    '1 commit(s) of main are not pushed, and not part of it.',
  ]);
});

test('what has no upstream, or no remote that could be cloned, is said', async () => {
  await expect(choose(ELSEWHERE)).rejects.toThrow('no remote that a server elsewhere could clone');
  await run('remote', 'add', 'origin', 'git@github.com:shop/cart.git');
  expect(await choose(ELSEWHERE)).toEqual({
    repo: 'git@github.com:shop/cart.git',
    branch: undefined,
    notes: ['main has no upstream: the default branch of the remote is used.'],
  });
  await run('remote', 'set-url', 'origin', '/somewhere/on/this/disk');
  await expect(choose(ELSEWHERE)).rejects.toThrow('/somewhere/on/this/disk');
});

test('what is said goes before what is found; a relative path counts from the caller', async () => {
  expect(await choose(LOCAL, false)).toEqual({ repo: undefined, branch: undefined, notes: [] });
  expect((await choose(LOCAL, 'shop/cart')).repo).toBe('shop/cart');
  expect((await choose(LOCAL, './cart')).repo).toBe(join(directory, 'cart'));
  await expect(choose(LOCAL, 'what is this')).rejects.toThrow('--repo must be');
});

test('changes that are not committed are told of', async () => {
  await writeFile(join(directory, 'new.txt'), 'new\n');
  expect((await choose(LOCAL)).notes).toEqual([]);
  await run('add', 'new.txt');
  expect((await choose(LOCAL)).notes).toEqual(['What is not committed here is not part of it.']);
});

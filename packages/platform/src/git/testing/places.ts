import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { onTestFinished } from 'vitest';
import type { GitHost } from '../environment.js';
import { ANY_REMOTE } from '../remote-policy.js';

const run = promisify(execFile);

const TEST_PATH = '/usr/local/bin:/usr/bin:/bin';

/** A directory that is gone after the test. */
export async function temporaryDirectory(): Promise<string> {
  const directory = await realpath(await mkdtemp(join(tmpdir(), 'outpost-git-')));
  onTestFinished(async () => await rm(directory, { recursive: true, force: true }));
  return directory;
}

export async function temporaryHost(): Promise<GitHost> {
  return { path: TEST_PATH, home: join(await temporaryDirectory(), 'home'), remotes: ANY_REMOTE };
}

/** Plain git, as a person would use it. */
export async function git(cwd: string, ...args: string[]): Promise<string> {
  const identity = [
    '-c',
    'user.name=Test',
    '-c',
    'user.email=test@localhost',
    '-c',
    'init.defaultBranch=main',
  ];
  const env = { PATH: TEST_PATH, HOME: cwd, GIT_CONFIG_NOSYSTEM: '1' };
  return (await run('git', [...identity, ...args], { cwd, env })).stdout.trim();
}

/** A repository with one commit on main. */
export async function repositoryAt(directory: string): Promise<{ path: string; commit: string }> {
  await mkdir(directory, { recursive: true });
  await git(directory, 'init', '-q');
  await writeFile(join(directory, 'readme.md'), 'hello\n');
  await git(directory, 'add', '.');
  await git(directory, 'commit', '-qm', 'first');
  return { path: directory, commit: await git(directory, 'rev-parse', 'HEAD') };
}

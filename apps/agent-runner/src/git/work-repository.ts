import { runGit, safeGit, type GitHost } from '@outpost/platform/git';
import { appendFile, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fetchArguments, type Mirror } from './mirror.js';

/** Who commits when the agent does. */
const AGENT_IDENTITY = { name: 'Outpost Agent', email: 'agent@outpost.invalid' } as const;

/** Who commits when Outpost does. */
const OUTPOST_IDENTITY = { name: 'Outpost', email: 'outpost@localhost' } as const;

const CHECKOUT_WORKERS = 8;

export interface WorkRepository {
  readonly host: GitHost;
  readonly repoDir: string;
  readonly branch: string;
  readonly signal: AbortSignal;
}

/** An empty repository in place of whatever was there, set up for an agent. */
export async function createWorkRepository(
  repository: WorkRepository & { readonly remoteUrl?: string | undefined },
): Promise<void> {
  const { repoDir, branch, remoteUrl } = repository;
  await rm(repoDir, { recursive: true, force: true });
  await mkdir(repoDir, { recursive: true, mode: 0o700 });
  await run(repository, ['init', '--quiet', '--template=', `--initial-branch=${branch}`]);
  const sections = [section('user', AGENT_IDENTITY)];
  if (remoteUrl !== undefined) {
    const fetch = `+refs/heads/${branch}:refs/remotes/origin/${branch}`;
    sections.push(
      section('remote "origin"', { url: remoteUrl, fetch }),
      section(`branch ${quoted(branch)}`, { remote: 'origin', merge: `refs/heads/${branch}` }),
    );
  }
  // In one piece: `git config` would take a process for each line.
  await appendFile(join(repoDir, '.git', 'config'), sections.join(''));
}

/** Of a file of git's configuration. */
function section(name: string, values: Readonly<Record<string, string>>): string {
  const lines = Object.entries(values).map(([key, value]) => `\t${key} = ${quoted(value)}\n`);
  return `[${name}]\n${lines.join('')}`;
}

function quoted(text: string): string {
  return `"${text.replaceAll(/["\\]/g, '\\$&').replaceAll('\n', '\\n')}"`;
}

/** Takes the branch from the mirror. Objects are copied: an agent must not be able to write into the mirror's. */
export async function fetchFromMirror(repository: WorkRepository, mirror: Mirror): Promise<void> {
  const { host, repoDir, branch, signal } = repository;
  const refspec = `+${mirror.ref}:refs/remotes/origin/${branch}`;
  await runGit({ host, args: [...fetchArguments(), '--', mirror.path, refspec], cwd: repoDir, signal });
}

/** The commit that the branch has at the remote. */
export async function branchCommit({ host, repoDir, branch, signal }: WorkRepository): Promise<string> {
  const git = safeGit({ host, baseDir: repoDir, signal });
  const commit = (await git.revparse(['--verify', `refs/remotes/origin/${branch}^{commit}`])).trim();
  return commit;
}

/** Puts a commit into the work tree, as its branch. */
export async function checkOut(repository: WorkRepository, commit: string): Promise<void> {
  const { branch } = repository;
  await run(repository, ['update-ref', `refs/heads/${branch}`, commit]);
  // Many files at once, as a network disk takes its time for each.
  await run(repository, ['-c', `checkout.workers=${CHECKOUT_WORKERS}`, 'reset', '--quiet', '--hard', commit]);
}

/** One commit without files, so that there is something to compare with; resolves with it. */
export async function commitEmptyBase(repository: WorkRepository & { readonly at: string }): Promise<string> {
  const { host, repoDir, branch, at, signal } = repository;
  const tree = await run(repository, ['mktree'], '');
  const git = safeGit({ host, baseDir: repoDir, env: identityVariables(at), signal });
  const commit = (await git.raw(['commit-tree', tree, '-m', 'Empty base'])).trim();
  await run(repository, ['update-ref', `refs/heads/${branch}`, commit]);
  return commit;
}

/** The environment that makes a commit Outpost's own, at a time given in ISO 8601. */
export function identityVariables(at: string): Record<string, string> {
  const { name, email } = OUTPOST_IDENTITY;
  return {
    GIT_AUTHOR_NAME: name,
    GIT_AUTHOR_EMAIL: email,
    GIT_AUTHOR_DATE: at,
    GIT_COMMITTER_NAME: name,
    GIT_COMMITTER_EMAIL: email,
    GIT_COMMITTER_DATE: at,
  };
}

// Not with simple-git: it waits 50 ms after each command that prints nothing, in case something comes yet.
async function run(
  { host, repoDir, signal }: WorkRepository,
  args: readonly string[],
  input?: string,
): Promise<string> {
  const output = await runGit({ host, args, cwd: repoDir, signal, ...(input !== undefined && { input }) });
  return output.toString().trim();
}

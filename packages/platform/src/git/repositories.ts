import type { BranchLookup, RemoteRepository, Repositories } from '../ports/repositories.js';
import type { GitHost } from './environment.js';
import { branchOfHead, parseRemoteRefs, type RemoteRefs } from './ls-remote.js';
import { describeRemoteFailure } from './remote-failure.js';
import { runGit } from './run-git.js';

export interface GitRepositoriesOptions extends GitHost {
  /** For one lookup. */
  readonly timeoutMs: number;
}

/** Asks git remotes with `git ls-remote`. */
export function createGitRepositories(options: GitRepositoriesOptions): Repositories {
  return {
    findBranch: async ({ hosts, ...params }) => {
      const host = { ...options, remotes: { ...options.remotes, only: hosts } };
      return await findRemoteBranch({ ...params, host, signal: AbortSignal.timeout(options.timeoutMs) });
    },
  };
}

export interface FindRemoteBranchParams extends RemoteRepository {
  readonly branch: string | undefined;
  readonly host: GitHost;
  readonly signal: AbortSignal;
}

/** Looks one branch up. An abort, too, is an outcome: `unreachable`. */
export async function findRemoteBranch(params: FindRemoteBranchParams): Promise<BranchLookup> {
  try {
    return await lookUpRemoteBranch(params);
  } catch (error) {
    return { outcome: 'unreachable', message: describeRemoteFailure(params.url, error) };
  }
}

/** The same, but rejects with a GitError when the remote does not answer. */
export async function lookUpRemoteBranch(
  params: FindRemoteBranchParams,
): Promise<Exclude<BranchLookup, { outcome: 'unreachable' }>> {
  const { branch } = params;
  if (branch !== undefined) {
    // With --heads the server leaves out the pull requests, of which there may be a hundred thousand.
    const named = await listRefs(params, ['--heads'], [`refs/heads/${branch}`]);
    const commit = named.branches.get(branch);
    if (commit !== undefined) return { outcome: 'found', branch, commit };
  }
  return choose(await listRefs(params, ['--symref'], ['HEAD', 'refs/heads/*']), branch);
}

function choose(
  refs: RemoteRefs,
  branch: string | undefined,
): Exclude<BranchLookup, { outcome: 'unreachable' }> {
  if (refs.branches.size === 0) return { outcome: 'empty' };
  const defaultBranch = branchOfHead(refs);
  const wanted = branch ?? defaultBranch;
  const commit = wanted === undefined ? undefined : refs.branches.get(wanted);
  if (wanted === undefined || commit === undefined) return { outcome: 'branch_missing', defaultBranch };
  return { outcome: 'found', branch: wanted, commit };
}

async function listRefs(
  params: FindRemoteBranchParams,
  options: readonly string[],
  patterns: readonly string[],
): Promise<RemoteRefs> {
  const { host, url, token, signal } = params;
  const output = await runGit({
    host,
    // `--`: an address that begins with a dash stays an address.
    args: ['ls-remote', ...options, '--', url, ...patterns],
    cwd: '/',
    remote: { url, token },
    signal,
  });
  return parseRemoteRefs(output.toString('utf8'));
}

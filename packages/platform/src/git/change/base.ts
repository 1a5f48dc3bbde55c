import type { ChangeRemote } from '../../ports/remote-changes.js';
import { GitError } from '../git-error.js';
import { limitFetch } from '../limit-fetch.js';
import type { ScratchRepository } from './scratch-repository.js';

const TIP_REF = 'refs/outpost/tip';
const FETCH = ['fetch', '--quiet', '--force', '--no-tags', '--no-write-fetch-head', '--update-shallow'];

export interface BaseParams {
  readonly repository: ScratchRepository;
  readonly remote: ChangeRemote;
  readonly maxBytes: number;
  readonly signal: AbortSignal;
}

/** Fetches a branch as it is now, without its history; resolves with its commit. */
export async function fetchTip(params: BaseParams, branch: string): Promise<string> {
  await fetch(params, ['--depth=1'], `+refs/heads/${branch}:${TIP_REF}`);
  return (await params.repository.git(['rev-parse', '--verify', `${TIP_REF}^{commit}`])).toString().trim();
}

/** Makes an older commit of the branch available. False: the remote no longer has it. */
export async function fetchOlder(params: BaseParams, branch: string, commit: string): Promise<boolean> {
  try {
    await fetch(params, ['--depth=1'], `+${commit}:refs/outpost/base`);
    return true;
  } catch (error) {
    if (!(error instanceof GitError) || error.reason !== 'failed') throw error;
  }
  // Servers may be asked for branches only: then it is somewhere in the history of this one, or nowhere.
  await fetch(params, ['--unshallow'], `+refs/heads/${branch}:${TIP_REF}`);
  try {
    await params.repository.git(['cat-file', '-e', `${commit}^{commit}`]);
    return true;
  } catch {
    params.signal.throwIfAborted();
    return false;
  }
}

async function fetch(
  { repository, remote, maxBytes, signal }: BaseParams,
  options: readonly string[],
  refspec: string,
): Promise<void> {
  const { git, directory } = repository;
  const args = ['-c', 'fetch.unpackLimit=1', ...FETCH, ...options, '--', remote.url, refspec];
  const outcome = await limitFetch({ gitDir: directory, maxBytes, signal }, async (limited) => {
    await git(args, { isRemote: true, signal: limited });
  });
  if (outcome === 'too_large')
    throw new GitError({
      reason: 'refused',
      command: 'fetch',
      stderr: `the repository is larger than ${Math.floor(maxBytes / 1024 ** 2)} MB`,
    });
}

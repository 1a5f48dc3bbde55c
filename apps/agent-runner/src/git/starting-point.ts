import type { RemoteRepository } from '@outpost/platform';
import { describeRemoteFailure, GitError, runGit } from '@outpost/platform/git';
import { rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fetchArguments } from './mirror.js';
import { RepositoryError } from './repository-error.js';
import { fetchWithin } from './repository-limits.js';
import { checkOut, identityVariables, type WorkRepository } from './work-repository.js';

/** Where a dispatch starts that goes on from another: at that one's base, with what it changed. */
export interface StartingPoint {
  /** The dispatch that it goes on from. */
  readonly dispatchId: string;
  readonly baseCommit: string;
  /** Applies on the base; may be empty. */
  readonly patchFile: string;
}

/** Sees to it that the base is there, though the branch may have moved on. Rejects with a {@link RepositoryError}. */
export async function fetchBase(
  repository: WorkRepository,
  remote: RemoteRepository,
  { dispatchId, baseCommit }: StartingPoint,
  maxBytes: number,
): Promise<void> {
  const { host, repoDir, signal } = repository;
  if (await hasCommit(repository, baseCommit)) return;
  const gitDir = join(repoDir, '.git');
  const args = [...fetchArguments(), '--', remote.url, baseCommit];
  try {
    await fetchWithin({ gitDir, maxBytes, signal }, async (limited) => {
      await runGit({ host, args, cwd: repoDir, remote, signal: limited });
    });
  } catch (error) {
    if (!(error instanceof GitError) || error.reason === 'aborted') throw error;
    throw new RepositoryError(
      `commit ${baseCommit}, where dispatch ${dispatchId} started, cannot be had any more (${describeRemoteFailure(remote.url, error)})`,
      { cause: error },
    );
  }
}

/**
 * Makes the work tree what the parent left, as a commit on the base. Comes after the snapshot, so that what the parent
 * changed counts as a change too.
 */
export async function applyStartingPoint(
  repository: WorkRepository & { readonly at: string },
  { dispatchId, patchFile }: StartingPoint,
  baseCommit: string,
): Promise<void> {
  if ((await stat(patchFile)).size === 0) return;
  const { host, repoDir, at, signal } = repository;
  const index = join(repoDir, '.git', 'outpost-index');
  const git = async (...args: readonly string[]): Promise<string> => {
    const env = { GIT_INDEX_FILE: index, ...identityVariables(at) };
    return (await runGit({ host, args, cwd: repoDir, env, signal })).toString().trim();
  };
  // Through an index of its own: what the patch deletes is then deleted from the work tree as well.
  await git('read-tree', baseCommit);
  await git('apply', '--cached', '--whitespace=nowarn', '--', patchFile);
  const tree = await git('write-tree');
  await rm(index, { force: true });
  const message = `Changes of dispatch ${dispatchId}`;
  const commit = await git('commit-tree', tree, '-p', baseCommit, '-m', message);
  await checkOut(repository, commit);
}

async function hasCommit({ host, repoDir, signal }: WorkRepository, commit: string): Promise<boolean> {
  try {
    await runGit({ host, args: ['cat-file', '-e', `${commit}^{commit}`], cwd: repoDir, signal });
    return true;
  } catch {
    signal.throwIfAborted();
    return false;
  }
}

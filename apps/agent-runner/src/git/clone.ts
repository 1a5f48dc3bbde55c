import type { BranchLookup, RemoteRepository } from '@outpost/platform';
import { displayUrl, findRemoteBranch } from '@outpost/platform/git';
import { lstat, mkdir, rm } from 'node:fs/promises';
import type { GitJob } from './job.js';
import { fetchThroughMirror } from './mirror-fetch.js';
import { mirrorOf } from './mirror.js';
import { RepositoryError } from './repository-error.js';
import { createSnapshot, readSnapshot, type Snapshot } from './snapshot.js';
import { applyStartingPoint, fetchBase, type StartingPoint } from './starting-point.js';
import { checkFiles, type RepositoryLimits } from './repository-limits.js';
import {
  branchCommit,
  checkOut,
  commitEmptyBase,
  createWorkRepository,
  type WorkRepository,
} from './work-repository.js';

const FIRST_BRANCH = 'main';

/** A repository for an agent to work in, and the runner's own record of how it was. */
export interface Checkout extends Snapshot {
  readonly repoDir: string;
}

interface CheckoutParams extends GitJob {
  /** The agent's work tree; replaced if it is there. */
  readonly repoDir: string;
  /** The runner's own git directory, out of the agent's reach. */
  readonly snapshotDir: string;
  /** ISO 8601: the date of a commit that Outpost has to make. */
  readonly at: string;
  /** Where it starts when it goes on from another dispatch; else at the head of its branch. */
  readonly start?: StartingPoint | undefined;
}

export interface CloneRepositoryParams extends CheckoutParams {
  readonly remote: RemoteRepository;
  /** The remote's default without one. */
  readonly branch: string | undefined;
  /** Bare mirrors of this tenant. */
  readonly mirrorsDir: string;
  readonly limits: RepositoryLimits;
}

/** Clones one branch, shallow. Rejects with a {@link RepositoryError} when the remote does not have it or does not answer. */
export async function cloneRepository(params: CloneRepositoryParams): Promise<Checkout> {
  const { host, remote, snapshotDir, signal, limits } = params;
  // First, so that a clone that was cut off is never taken for a whole one: see continueRepository.
  await rm(snapshotDir, { recursive: true, force: true });
  const found = await findRemoteBranch({ ...remote, branch: params.branch, host, signal });
  signal.throwIfAborted();
  if (found.outcome === 'empty') return await startRepository(params, params.branch ?? FIRST_BRANCH);
  const { branch, commit } = requireBranch(found, params);
  const mirror = mirrorOf({ host, remote, branch, mirrorsDir: params.mirrorsDir, maxBytes: limits.maxBytes });
  const repository: WorkRepository = { host, repoDir: params.repoDir, branch, signal };
  await mkdir(params.mirrorsDir, { recursive: true, mode: 0o700 });
  await fetchThroughMirror(repository, mirror, commit);
  if (params.start !== undefined) await fetchBase(repository, remote, params.start, limits.maxBytes);
  const baseCommit = params.start?.baseCommit ?? (await branchCommit(repository));
  await checkFiles(repository, baseCommit, limits);
  await checkOut(repository, baseCommit);
  return await takeSnapshot(params, { branch, baseCommit, baseIsRemote: true });
}

/** An empty repository with one empty commit. */
export async function initRepository(params: CheckoutParams): Promise<Checkout> {
  await rm(params.snapshotDir, { recursive: true, force: true });
  return await startRepository(params, FIRST_BRANCH);
}

/**
 * The repository as an earlier dispatch left it, with the base that it was cloned at: patches of a workspace stay
 * applicable to the remote, and hold all that was done in it. Undefined when there is none, or only part of one.
 * Nothing is run in it: its .git is the agent's.
 */
export async function continueRepository(params: {
  readonly repoDir: string;
  readonly snapshotDir: string;
}): Promise<Checkout | undefined> {
  const snapshot = await readSnapshot(params.snapshotDir);
  if (snapshot === undefined || !(await isDirectory(params.repoDir))) return undefined;
  return { ...snapshot, repoDir: params.repoDir };
}

async function startRepository(
  params: CheckoutParams & { readonly remote?: RemoteRepository },
  branch: string,
): Promise<Checkout> {
  const { host, repoDir, signal } = params;
  const repository: WorkRepository = { host, repoDir, branch, signal };
  await createWorkRepository({ ...repository, remoteUrl: params.remote?.url });
  const baseCommit = await commitEmptyBase({ ...repository, at: params.at });
  return await takeSnapshot(params, { branch, baseCommit, baseIsRemote: false });
}

async function takeSnapshot(
  { host, repoDir, snapshotDir, signal, at, start }: CheckoutParams,
  base: { readonly branch: string; readonly baseCommit: string; readonly baseIsRemote: boolean },
): Promise<Checkout> {
  const { branch, baseCommit } = base;
  const complete = async (): Promise<void> => {
    if (start !== undefined)
      await applyStartingPoint({ host, repoDir, branch, at, signal }, start, baseCommit);
  };
  return { ...(await createSnapshot({ host, repoDir, snapshotDir, ...base, signal, complete })), repoDir };
}

function requireBranch(
  found: Exclude<BranchLookup, { outcome: 'empty' }>,
  params: CloneRepositoryParams,
): { branch: string; commit: string } {
  const url = displayUrl(params.remote.url);
  switch (found.outcome) {
    case 'found':
      return found;
    case 'unreachable':
      throw new RepositoryError(found.message);
    case 'branch_missing': {
      const hint = found.defaultBranch === undefined ? '' : `; its default branch is ${found.defaultBranch}`;
      throw new RepositoryError(
        params.branch === undefined
          ? `${url} has no default branch: name one`
          : `${url} has no branch ${params.branch}${hint}`,
      );
    }
  }
}

async function isDirectory(path: string): Promise<boolean> {
  return (await lstat(path).catch(() => undefined))?.isDirectory() === true;
}

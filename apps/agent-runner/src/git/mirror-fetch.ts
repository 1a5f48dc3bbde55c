import { describeRemoteFailure, GitError } from '@outpost/platform/git';
import { withLock } from './mirror-lock.js';
import { hasCommit, rebuildMirror, updateMirror, type Mirror } from './mirror.js';
import { RepositoryError } from './repository-error.js';
import { createWorkRepository, fetchFromMirror, type WorkRepository } from './work-repository.js';

/**
 * At first without waiting for anybody: most clones find the mirror up to date. Then with the lock, and at last from a
 * new mirror, as the old one may be corrupt or hold the locks of a worker that was killed.
 */
export async function fetchThroughMirror(
  repository: WorkRepository,
  mirror: Mirror,
  commit: string,
): Promise<void> {
  const attempts: readonly (() => Promise<void>)[] = [
    async () => await fetchShared(repository, mirror, commit),
    async () => await fetchAlone(repository, mirror, updateMirror),
    async () => await fetchAlone(repository, mirror, rebuildMirror),
  ];
  let failure: unknown;
  for (const attempt of attempts) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof GitError) || error.reason !== 'failed') throw asRepositoryError(error, mirror);
      failure = error;
    }
  }
  throw asRepositoryError(failure, mirror);
}

async function fetchShared(repository: WorkRepository, mirror: Mirror, commit: string): Promise<void> {
  const { signal } = repository;
  if (!(await hasCommit(mirror, commit, signal))) {
    await withLock(mirror.path, signal, async (held) => await updateUnlessDone(mirror, commit, held));
  }
  await refetch(repository, mirror);
}

async function fetchAlone(
  repository: WorkRepository,
  mirror: Mirror,
  prepare: typeof updateMirror,
): Promise<void> {
  await withLock(mirror.path, repository.signal, async (held) => {
    await prepare(mirror, held);
    await refetch({ ...repository, signal: held }, mirror);
  });
}

// Whoever waited for the lock may find the work done.
async function updateUnlessDone(mirror: Mirror, commit: string, signal: AbortSignal): Promise<void> {
  if (!(await hasCommit(mirror, commit, signal))) await updateMirror(mirror, signal);
}

async function refetch(repository: WorkRepository, mirror: Mirror): Promise<void> {
  await createWorkRepository({ ...repository, remoteUrl: mirror.remote.url });
  await fetchFromMirror(repository, mirror);
}

function asRepositoryError(error: unknown, mirror: Mirror): unknown {
  if (!(error instanceof GitError) || error.reason === 'aborted') return error;
  return new RepositoryError(describeRemoteFailure(mirror.remote.url, error), { cause: error });
}

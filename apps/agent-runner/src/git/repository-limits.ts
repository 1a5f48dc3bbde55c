import { limitFetch, runGit, type FetchLimits } from '@outpost/platform/git';
import type { GitJob } from './job.js';
import { RepositoryError } from './repository-error.js';

const MB = 1024 ** 2;

/** What a repository may come to. */
export interface RepositoryLimits {
  /** Of what is fetched at once, and of all files as they lie in the work tree. */
  readonly maxBytes: number;
  readonly maxFiles: number;
}

/** Rejects with a {@link RepositoryError} when the fetch brings more than it may. */
export async function fetchWithin(
  limits: FetchLimits,
  fetch: (signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const outcome = await limitFetch(limits, fetch);
  if (outcome === 'too_large')
    throw new RepositoryError(`the repository is larger than ${limits.maxBytes / MB} MB`);
}

/** Looks at the files of a commit before any is written: a few packed bytes can be many. */
export async function checkFiles(
  { host, repoDir, signal }: GitJob & { readonly repoDir: string },
  commit: string,
  { maxBytes, maxFiles }: RepositoryLimits,
): Promise<void> {
  const args = ['ls-tree', '-r', '-l', '-z', commit];
  const output = await runGit({ host, args, cwd: repoDir, signal });
  const entries = output.toString('latin1').split('\0').slice(0, -1);
  if (entries.length > maxFiles)
    throw new RepositoryError(`the repository has ${entries.length} files, and may have ${maxFiles}`);
  const bytes = entries.reduce((sum, entry) => sum + sizeOf(entry), 0);
  if (bytes > maxBytes)
    throw new RepositoryError(
      `the files of the repository come to ${Math.ceil(bytes / MB)} MB, and may come to ${maxBytes / MB} MB`,
    );
}

/** Of `<mode> <type> <object> <size>\t<path>`; a submodule has none. */
function sizeOf(entry: string): number {
  return Number(/^\S+ \S+ \S+ +(\d+)\t/.exec(entry)?.[1] ?? 0);
}

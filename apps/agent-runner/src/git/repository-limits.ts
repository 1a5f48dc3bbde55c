import { runGit } from '@outpost/platform/git';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { GitJob } from './job.js';
import { RepositoryError } from './repository-error.js';

const LOOK_INTERVAL_MS = 500;
const MB = 1024 ** 2;

/** What a repository may come to. */
export interface RepositoryLimits {
  /** Of what is fetched at once, and of all files as they lie in the work tree. */
  readonly maxBytes: number;
  readonly maxFiles: number;
}

/**
 * Runs a fetch into a git directory, and ends it when more comes than may: no server says beforehand how much it is.
 * Rejects with a {@link RepositoryError} then.
 */
export async function fetchWithin(
  {
    gitDir,
    maxBytes,
    signal,
  }: { readonly gitDir: string; readonly maxBytes: number; readonly signal: AbortSignal },
  fetch: (signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const before = await packedBytes(gitDir);
  const tooMuch = new AbortController();
  const look = async (): Promise<void> => {
    if ((await packedBytes(gitDir)) - before > maxBytes) tooMuch.abort();
  };
  const timer = setInterval(() => void look(), LOOK_INTERVAL_MS);
  try {
    await fetch(AbortSignal.any([signal, tooMuch.signal]));
    await look();
  } catch (error) {
    if (!tooMuch.signal.aborted) throw error;
  } finally {
    clearInterval(timer);
  }
  if (tooMuch.signal.aborted) throw new RepositoryError(`the repository is larger than ${maxBytes / MB} MB`);
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

async function packedBytes(gitDir: string): Promise<number> {
  const directory = join(gitDir, 'objects/pack');
  const names = await readdir(directory).catch(() => []);
  const sizes = await Promise.all(
    names.map((name) =>
      stat(join(directory, name)).then(
        ({ size }) => size,
        () => 0,
      ),
    ),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}

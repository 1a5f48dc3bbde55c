import { runGit, type GitHost } from '@outpost/platform/git';
import { RepositoryError } from './repository-error.js';
import { fetchWithin } from './repository-limits.js';
import type { RemoteRepository } from '@outpost/platform';
import { createHash } from 'node:crypto';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** So that recent history is there for context; the mirror and every clone of it reach this far. */
const CLONE_DEPTH = 50;

/** Every fetch adds a pack, and nothing packs them together: a mirror with more is made anew. */
const MAX_PACKS = 50;

export interface Mirror {
  /** A bare repository, only ever written under its lock. */
  readonly path: string;
  /** Where the branch is in it. */
  readonly ref: string;
  readonly branch: string;
  /** Of what one fetch may bring. */
  readonly maxBytes: number;
  readonly remote: RemoteRepository;
  readonly host: GitHost;
}

/** The mirror of a repository and branch. The directory belongs to one tenant. */
export function mirrorOf(params: Omit<Mirror, 'path' | 'ref'> & { readonly mirrorsDir: string }): Mirror {
  const { mirrorsDir, ...rest } = params;
  // By digest: a branch `a` that was deleted is no obstacle to a branch `a/b`.
  return {
    ...rest,
    path: join(mirrorsDir, `${digest(rest.remote.url)}.git`),
    ref: `refs/branches/${digest(rest.branch)}`,
  };
}

/** Whether the mirror's branch is this commit. A mirror that is missing or broken is simply not. */
export async function hasCommit(mirror: Mirror, commit: string, signal: AbortSignal): Promise<boolean> {
  try {
    const args = ['rev-parse', '--verify', '--quiet', `${mirror.ref}^{commit}`];
    const output = await runGit({ host: mirror.host, args, cwd: '/', env: { GIT_DIR: mirror.path }, signal });
    return output.toString().trim() === commit;
  } catch {
    signal.throwIfAborted();
    return false;
  }
}

/** Brings the mirror up to date. Call it with the lock held. */
export async function updateMirror(mirror: Mirror, signal: AbortSignal): Promise<void> {
  const packs = await countPacks(mirror.path);
  if (packs === undefined || packs > MAX_PACKS) return await rebuildMirror(mirror, signal);
  await fetchFromRemote(mirror, mirror.path, signal);
}

/** Makes the mirror anew. Until the remote has given all of it, the old one stays. Call it with the lock held. */
export async function rebuildMirror(mirror: Mirror, signal: AbortSignal): Promise<void> {
  const fresh = `${mirror.path}.new`;
  const old = `${mirror.path}.old`;
  await discard(fresh, old);
  await mkdir(fresh, { recursive: true, mode: 0o700 });
  await runGit({ host: mirror.host, args: ['init', '--quiet', '--bare', '--template='], cwd: fresh, signal });
  await fetchFromRemote(mirror, fresh, signal);
  await rename(mirror.path, old).catch(ignoreMissing);
  await rename(fresh, mirror.path);
  await discard(old);
}

async function fetchFromRemote(mirror: Mirror, gitDir: string, signal: AbortSignal): Promise<void> {
  const { host, remote, branch, ref, maxBytes } = mirror;
  const refspec = `+refs/heads/${branch}:${ref}`;
  // As a pack, however small: loose objects would never be packed together, nor counted.
  const args = ['-c', 'fetch.unpackLimit=1', ...fetchArguments(), '--', remote.url, refspec];
  const env = { GIT_DIR: gitDir };
  try {
    await fetchWithin({ gitDir, maxBytes, signal }, async (limited) => {
      await runGit({ host, args, cwd: gitDir, env, remote, signal: limited });
    });
  } catch (error) {
    // What is too large is not kept, nor what was cut off.
    if (error instanceof RepositoryError) await discard(gitDir);
    throw error;
  }
}

/** Fetches one branch, shallow, and nothing that it was not asked for. */
export function fetchArguments(): string[] {
  return [
    'fetch',
    '--quiet',
    '--force',
    '--no-tags',
    '--no-write-fetch-head',
    '--update-shallow',
    `--depth=${CLONE_DEPTH}`,
  ];
}

async function countPacks(gitDir: string): Promise<number | undefined> {
  const files = await readdir(join(gitDir, 'objects/pack')).catch(() => undefined);
  return files?.filter((name) => name.endsWith('.pack')).length;
}

async function discard(...directories: readonly string[]): Promise<void> {
  for (const directory of directories) await rm(directory, { recursive: true, force: true });
}

function ignoreMissing(error: unknown): void {
  if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 40);
}

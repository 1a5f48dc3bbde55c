import { existsSync } from 'node:fs';
import { mkdir, rename, rm, symlink } from 'node:fs/promises';
import { dirname, join, posix } from 'node:path';
import { extract, type ReadEntry } from 'tar';
import type { DiskLimits } from '../disk/measure.js';
import { PACKED } from './packed.js';

/** Reading, writing and running; not running as its owner. */
const PERMISSIONS = 0o777;
const OWN = { Directory: 0o700, File: 0o600 } as const;

/** What is wrong with an archive, for people. */
export class ArchiveError extends Error {
  override readonly name = 'ArchiveError';
}

interface UnpackParams {
  readonly root: string;
  readonly file: string;
  /** A directory on the same file system, for this alone. */
  readonly scratch: string;
  readonly limits: DiskLimits;
  readonly signal: AbortSignal;
}

/**
 * Puts what `packWorkspace` packed in place of what the workspace holds, at the end and at once for each part. An agent
 * may have chosen every name and every byte in the archive: nothing is written but below the places that were packed; it
 * makes no devices, nothing that runs as its owner, no links that lead out of the workspace, and no more than a workspace
 * may hold. Resolves with how many links were left out. Rejects with an ArchiveError.
 */
export async function unpackWorkspace({
  root,
  file,
  scratch,
  limits,
  signal,
}: UnpackParams): Promise<number> {
  await rm(scratch, { recursive: true, force: true });
  await mkdir(scratch, { recursive: true, mode: 0o700 });
  const sieve = new Sieve(limits, signal);
  // Without its own links: so no path in it can lead anywhere else.
  await extract({
    file,
    cwd: scratch,
    strict: true,
    preserveOwner: false,
    filter: (path, entry) => sieve.lets(path, entry as ReadEntry),
  });
  sieve.throwIfBad();
  await link(scratch, sieve.links);
  for (const name of PACKED) {
    signal.throwIfAborted();
    await rm(join(root, name), { recursive: true, force: true });
    if (!existsSync(join(scratch, name))) continue;
    await mkdir(dirname(join(root, name)), { recursive: true, mode: 0o700 });
    await rename(join(scratch, name), join(root, name));
  }
  await rm(scratch, { recursive: true, force: true });
  return sieve.leftOut;
}

/** Directories first: a link in the place of one is refused, not followed. */
async function link(scratch: string, links: ReadonlyMap<string, string>): Promise<void> {
  try {
    for (const path of links.keys()) await mkdir(join(scratch, dirname(path)), { recursive: true });
    for (const [path, target] of links) await symlink(target, join(scratch, path));
  } catch (error) {
    throw new ArchiveError('The archive holds a link in the place of something else.', { cause: error });
  }
}

/** Looks at each entry before it is written. What it throws nobody could catch, so it remembers what is wrong. */
class Sieve {
  /** Targets by path. */
  readonly links = new Map<string, string>();
  leftOut = 0;
  readonly #signal: AbortSignal;
  #bytes: number;
  #files: number;
  #problem: string | undefined;

  constructor({ bytes, files }: DiskLimits, signal: AbortSignal) {
    this.#bytes = bytes;
    this.#files = files;
    this.#signal = signal;
  }

  lets(path: string, entry: ReadEntry): boolean {
    if (this.#signal.aborted) return false;
    this.#bytes -= entry.size;
    this.#files -= 1;
    this.#problem ??= this.#problemOf(path, entry);
    if (this.#problem !== undefined) return false;
    if (entry.type === 'SymbolicLink') {
      this.#keepLink(path, entry.linkpath ?? '');
      return false;
    }
    const own = entry.type === 'Directory' ? OWN.Directory : OWN.File;
    entry.mode = ((entry.mode ?? 0) & PERMISSIONS) | own;
    return true;
  }

  throwIfBad(): void {
    this.#signal.throwIfAborted();
    if (this.#problem !== undefined) throw new ArchiveError(this.#problem);
  }

  #problemOf(path: string, { type, linkpath = '' }: ReadEntry): string | undefined {
    if (this.#bytes < 0 || this.#files < 0) return 'The archive holds more than the workspace may.';
    if (!isPacked(path)) return `The archive holds ${JSON.stringify(path)}, which is no part of a workspace.`;
    if (type === 'Link')
      return isPacked(linkpath) ? undefined : `The archive holds a link to ${JSON.stringify(linkpath)}.`;
    return ['File', 'OldFile', 'Directory', 'SymbolicLink'].includes(type)
      ? undefined
      : `The archive holds a ${type}.`;
  }

  #keepLink(path: string, target: string): void {
    const place = posix.normalize(posix.join(posix.dirname(path), target));
    const leadsOut = posix.isAbsolute(target) || place === '..' || place.startsWith('../');
    if (leadsOut) this.leftOut += 1;
    else this.links.set(path, target);
  }
}

function isPacked(path: string): boolean {
  const isInside = !path.split('/').includes('..');
  return isInside && PACKED.some((name) => path === name || path.startsWith(`${name}/`));
}

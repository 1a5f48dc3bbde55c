import type { Dirent, Stats } from 'node:fs';
import { constants } from 'node:fs';
import { chmod, lstat, open, opendir, realpath, type FileHandle } from 'node:fs/promises';

const HAS_PROC = process.platform === 'linux';
/** Linux: a handle on a directory itself that takes no right to read it. Node has no name for it. */
const O_PATH = 0o10_000_000;
const { O_RDONLY, O_DIRECTORY, O_NOFOLLOW } = constants;
const DENIED: ReadonlySet<unknown> = new Set(['EACCES', 'EPERM']);

const BLOCK_BYTES = 512;
const LOOK_AT_ONCE = 128;
/** Each level is held open; and nobody works in a tree of such a depth who does not want to hide something. */
const MAX_DEPTH = 256;

export interface DiskLimits {
  readonly bytes: number;
  readonly files: number;
}

/** What a tree takes on disk. Where that is more than it may, only so much was counted. */
export interface DiskUse {
  readonly bytes: number;
  /** Files, directories and links. */
  readonly files: number;
  readonly excess: Excess | undefined;
}

export type Excess = 'bytes' | 'files' | 'depth';

/**
 * Counts what a tree takes that somebody hostile may change meanwhile: it follows no link in it, what vanishes does not count,
 * and what has several names counts once. It ends as soon as a limit is passed. (Without /proc, as on macOS, a link put
 * in the way of a path in the very moment would be followed.)
 */
export async function measureTree(root: string, limits: DiskLimits, signal: AbortSignal): Promise<DiskUse> {
  const walk = new Walk(limits, signal);
  // What leads to it is not the agent's.
  const place = await realpath(root, { encoding: 'buffer' }).catch(ignoreOfFiles);
  const handle = place && (await openDirectory(place));
  if (handle !== undefined && place !== undefined) await walk.visit(handle, place, 1);
  return walk.use;
}

class Walk {
  readonly #limits: DiskLimits;
  readonly #signal: AbortSignal;
  readonly #seen = new Set<string>();
  #bytes = 0;
  #files = 0;
  #excess: Excess | undefined;

  constructor(limits: DiskLimits, signal: AbortSignal) {
    this.#limits = limits;
    this.#signal = signal;
  }

  get use(): DiskUse {
    return { bytes: this.#bytes, files: this.#files, excess: this.#excess };
  }

  /** Closes the handle. */
  async visit(handle: FileHandle, path: Buffer, depth: number): Promise<void> {
    const place = HAS_PROC ? Buffer.from(`/proc/self/fd/${handle.fd}`) : path;
    try {
      for (const name of await this.#look(place)) {
        if (this.#excess !== undefined) return;
        if (depth === MAX_DEPTH) {
          this.#excess = 'depth';
          return;
        }
        const child = await openDirectory(childOf(place, name));
        if (child !== undefined) await this.visit(child, childOf(path, name), depth + 1);
      }
    } finally {
      await handle.close();
    }
  }

  /** Counts what is in a directory; resolves with the names of the directories among it. */
  async #look(place: Buffer): Promise<readonly Buffer[]> {
    const directories: Buffer[] = [];
    for await (const names of namesIn(place)) {
      this.#signal.throwIfAborted();
      const stats = await Promise.all(names.map((name) => statOf(childOf(place, name))));
      for (const [index, stat] of stats.entries()) {
        if (stat === undefined) continue;
        this.#count(stat);
        if (stat.isDirectory()) directories.push(names[index]!);
      }
      if (this.#excess !== undefined) return [];
    }
    return directories;
  }

  #count(stat: Stats): void {
    if (stat.nlink > 1 && !stat.isDirectory()) {
      const identity = `${stat.dev}:${stat.ino}`;
      if (this.#seen.has(identity)) return;
      this.#seen.add(identity);
    }
    this.#files += 1;
    this.#bytes += stat.blocks * BLOCK_BYTES;
    if (this.#files > this.#limits.files) this.#excess = 'files';
    if (this.#bytes > this.#limits.bytes) this.#excess = 'bytes';
  }
}

/** In batches. As bytes: a name need not be text. What cannot be read any more has none. */
async function* namesIn(place: Buffer): AsyncGenerator<readonly Buffer[]> {
  let batch: Buffer[] = [];
  try {
    const directory = await opendir(place, { encoding: 'buffer' as BufferEncoding });
    for await (const { name } of directory as AsyncIterable<Dirent>) {
      batch.push(name as unknown as Buffer);
      if (batch.length < LOOK_AT_ONCE) continue;
      yield batch;
      batch = [];
    }
  } catch (error) {
    if (!isOfFiles(error)) throw error;
  }
  if (batch.length > 0) yield batch;
}

async function statOf(path: Buffer): Promise<Stats | undefined> {
  return lstat(path).catch(ignoreOfFiles);
}

/** Never through a link. One that its owner has closed to itself, as an agent under our own user can, is opened again. */
async function openDirectory(path: Buffer): Promise<FileHandle | undefined> {
  try {
    return await open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
  } catch (error) {
    if (!isOfFiles(error)) throw error;
    if (!HAS_PROC || !DENIED.has(error.code)) return undefined;
  }
  return reopen(path).catch(ignoreOfFiles);
}

async function reopen(path: Buffer): Promise<FileHandle> {
  await using directory = await open(path, O_PATH | O_DIRECTORY | O_NOFOLLOW);
  // Leads to what the handle is on, whatever its path leads to by now.
  const itself = `/proc/self/fd/${directory.fd}`;
  await chmod(itself, 0o700);
  return await open(itself, O_RDONLY | O_DIRECTORY);
}

function childOf(place: Buffer, name: Buffer): Buffer {
  return Buffer.concat([place, Buffer.from('/'), name]);
}

function ignoreOfFiles(error: unknown): undefined {
  if (!isOfFiles(error)) throw error;
  return undefined;
}

function isOfFiles(error: unknown): error is Error & { readonly code: string } {
  return error instanceof Error && 'code' in error && 'syscall' in error;
}

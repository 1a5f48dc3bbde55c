import {
  closeSync,
  constants,
  lstatSync,
  openSync,
  readdirSync,
  readlinkSync,
  realpathSync,
  type BigIntStats,
} from 'node:fs';
import { open } from 'node:fs/promises';
import { bytesOf, placeOf, rawPath, type RawPath } from '../raw-path.js';

const HAS_PROC = process.platform === 'linux';

export interface DirectoryEntry {
  readonly name: RawPath;
  readonly stat: BigIntStats;
}

export type FileContent =
  { readonly content: Buffer } | { readonly problem: 'vanished' | 'unreadable' | 'too_large' };

/**
 * A directory inside a tree that somebody hostile may change at any moment. It is held open, and was found to be where
 * its path says, without a symlink on the way; what is read in it can be in no other place. (Without /proc, as on macOS,
 * only its path can be checked: a link put on the way in the very moment would be followed.)
 */
export class ContainedDirectory implements Disposable {
  readonly #descriptor: number;
  readonly #place: Buffer;

  private constructor(descriptor: number, place: Buffer) {
    this.#descriptor = descriptor;
    this.#place = place;
  }

  /** `root` is canonical but for its last name, which may not be a link either. */
  static open(root: string, path: RawPath): ContainedDirectory | 'vanished' | 'unreadable' {
    const place = placeOf(root, path);
    const descriptor = openDirectory(place);
    if (typeof descriptor !== 'number') return descriptor;
    const actual = actualPlace(descriptor, place);
    if (actual?.equals(place) === true) {
      return new ContainedDirectory(
        descriptor,
        HAS_PROC ? Buffer.from(`/proc/self/fd/${descriptor}`) : place,
      );
    }
    closeSync(descriptor);
    return 'vanished';
  }

  /** Entries that are still there by the time they are looked at, and whether some could not be looked at. */
  entries(): { readonly entries: readonly DirectoryEntry[]; readonly unreadable: boolean } {
    try {
      const names = readdirSync(this.#place, { encoding: 'buffer' }).map(rawPath).toSorted();
      const entries = names.flatMap((name) => {
        const stat = lstatSync(this.#at(name), { bigint: true, throwIfNoEntry: false });
        return stat === undefined ? [] : [{ name, stat }];
      });
      return { entries, unreadable: false };
    } catch {
      return { entries: [], unreadable: true };
    }
  }

  stat(name: RawPath): BigIntStats | undefined {
    try {
      return lstatSync(this.#at(name), { bigint: true, throwIfNoEntry: false });
    } catch {
      return undefined;
    }
  }

  /** The bytes of a symlink; undefined when it is none any more. */
  readLink(name: RawPath): Buffer | undefined {
    try {
      return readlinkSync(this.#at(name), { encoding: 'buffer' });
    } catch {
      return undefined;
    }
  }

  /** Reads a regular file, and nothing else: never waits for a pipe, never follows a link, never more than `maxBytes`. */
  async readFile(name: RawPath, maxBytes: number): Promise<FileContent> {
    const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants;
    try {
      await using file = await open(this.#at(name), O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
      const stat = await file.stat();
      if (!stat.isFile()) return { problem: 'vanished' };
      if (stat.size > maxBytes) return { problem: 'too_large' };
      // One byte more than is there, so that a file which grows is seen to.
      const { buffer, bytesRead } = await readUpTo(file, Math.min(stat.size, maxBytes) + 1);
      return bytesRead > maxBytes ? { problem: 'too_large' } : { content: buffer.subarray(0, bytesRead) };
    } catch (error) {
      return { problem: isDenied(error) ? 'unreadable' : 'vanished' };
    }
  }

  [Symbol.dispose](): void {
    closeSync(this.#descriptor);
  }

  #at(name: RawPath): Buffer {
    return Buffer.concat([this.#place, Buffer.from('/'), bytesOf(name)]);
  }
}

function openDirectory(place: Buffer): number | 'vanished' | 'unreadable' {
  try {
    return openSync(place, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
  } catch (error) {
    return isDenied(error) ? 'unreadable' : 'vanished';
  }
}

function actualPlace(descriptor: number, place: Buffer): Buffer | undefined {
  try {
    if (HAS_PROC) return readlinkSync(`/proc/self/fd/${descriptor}`, { encoding: 'buffer' });
    return realpathSync(place, { encoding: 'buffer' });
  } catch {
    return undefined;
  }
}

async function readUpTo(
  file: {
    read: (options: { buffer: Buffer; offset: number; length: number }) => Promise<{ bytesRead: number }>;
  },
  limit: number,
): Promise<{ buffer: Buffer; bytesRead: number }> {
  const buffer = Buffer.allocUnsafe(limit);
  let bytesRead = 0;
  while (bytesRead < limit) {
    const part = await file.read({ buffer, offset: bytesRead, length: limit - bytesRead });
    if (part.bytesRead === 0) break;
    bytesRead += part.bytesRead;
  }
  return { buffer, bytesRead };
}

function isDenied(error: unknown): boolean {
  return (
    error instanceof Error &&
    'code' in error &&
    ['EACCES', 'EPERM', 'ENAMETOOLONG'].includes(String(error.code))
  );
}

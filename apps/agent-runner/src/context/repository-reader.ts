import { constants, type Dirent } from 'node:fs';
import { lstat, open, readdir, type FileHandle } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Redactor } from '../redaction/index.js';

/** Far more than a budget takes. */
const MAX_FILE_BYTES = 64 * 1024;
const LF = 0x0a;

/**
 * Reads plain files of a repository, and nothing else: a repository must not be able to show the agent, or the artifact
 * `context.json`, what lies outside of it. Every text is scrubbed before anyone cuts it: half of a secret would not be
 * known for one.
 */
export class RepositoryReader {
  readonly #repoDir: string;
  readonly #redactor: Redactor;
  #redactions = 0;

  constructor(repoDir: string, redactor: Redactor) {
    this.#repoDir = repoDir;
    this.#redactor = redactor;
  }

  /** Secrets taken out of what was read so far. */
  get redactions(): number {
    return this.#redactions;
  }

  scrub(text: string): string {
    const scrubbed = this.#redactor.scrub(text);
    this.#redactions += scrubbed.redactions;
    return scrubbed.text;
  }

  /**
   * The text of a file, scrubbed; of a long one, the whole lines within 64 KiB of the end that matters. Undefined when
   * there is none: no such file, no text, not a plain file, or a symbolic link anywhere on the way.
   */
  async read(path: string, keep: 'head' | 'tail' = 'head'): Promise<string | undefined> {
    if (!(await this.#hasPlainParents(path))) return undefined;
    let file: FileHandle;
    try {
      // Non-blocking: opening a pipe that nobody writes to would wait for ever.
      const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
      file = await open(join(this.#repoDir, path), flags);
    } catch {
      return undefined;
    }
    try {
      const stat = await file.stat();
      const text = stat.isFile() ? decode(await readEnd(file, stat.size, keep)) : undefined;
      return text === undefined ? undefined : this.scrub(text);
    } catch {
      return undefined;
    } finally {
      await file.close();
    }
  }

  /** Names of the plain files in a directory, sorted; empty when there is no such directory. */
  async list(path: string): Promise<string[]> {
    if (!(await this.#hasPlainParents(join(path, 'file')))) return [];
    const directory = join(this.#repoDir, path);
    const entries = await readdir(directory, { withFileTypes: true }).catch((): Dirent[] => []);
    return entries
      .filter((entry) => entry.isFile())
      .map((entry) => entry.name)
      .toSorted();
  }

  async #hasPlainParents(path: string): Promise<boolean> {
    const parent = dirname(path);
    if (parent === '.') return true;
    const stat = await lstat(join(this.#repoDir, parent)).catch(() => undefined);
    return stat !== undefined && stat.isDirectory() && this.#hasPlainParents(parent);
  }
}

/** A line at the cut is left out: it may hold half of a secret, or of a character. */
async function readEnd(file: FileHandle, size: number, keep: 'head' | 'tail'): Promise<Buffer> {
  const length = Math.min(size, MAX_FILE_BYTES);
  const from = keep === 'head' ? 0 : size - length;
  const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, from);
  const bytes = buffer.subarray(0, bytesRead);
  if (length === size) return bytes;
  return keep === 'head'
    ? bytes.subarray(0, bytes.lastIndexOf(LF) + 1)
    : bytes.subarray(bytes.indexOf(LF) + 1);
}

/** Undefined for what is no UTF-8 text. */
function decode(bytes: Buffer): string | undefined {
  if (bytes.includes(0)) return undefined;
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes).replaceAll('\r\n', '\n').trim();
  } catch {
    return undefined;
  }
}

import { constants } from 'node:fs';
import { mkdir, open, rm } from 'node:fs/promises';
import { dirname } from 'node:path';

/** A new file, never one that somebody else put there. */
const CREATE = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
const APPEND = constants.O_WRONLY | constants.O_APPEND | constants.O_NOFOLLOW;

/** A log on its way to the archive. A disk that is full costs the archive, not the live log. */
export class LogSpool {
  readonly #path: string;
  #isMade = false;
  #failure: Error | undefined;
  #size = 0;

  constructor(path: string) {
    this.#path = path;
  }

  /** Bytes appended so far, with those that could not be written. */
  get size(): number {
    return this.#size;
  }

  async append(text: string): Promise<void> {
    this.#size += Buffer.byteLength(text);
    if (this.#failure !== undefined) return;
    try {
      await this.#write(text);
    } catch (error) {
      this.#failure = new Error('The log has no archive: it could not be spooled.', { cause: error });
    }
  }

  /** Hands the whole file to `upload`, and removes it. Rejects when it is not whole; not called without a line. */
  async finish(upload: (path: string) => Promise<void>): Promise<void> {
    if (this.#failure === undefined && this.#isMade) await upload(this.#path);
    if (this.#isMade) await rm(this.#path, { force: true });
    if (this.#failure !== undefined) throw this.#failure;
  }

  async #write(text: string): Promise<void> {
    if (!this.#isMade) await mkdir(dirname(this.#path), { recursive: true, mode: 0o700 });
    const file = await open(this.#path, this.#isMade ? APPEND : CREATE, 0o600);
    this.#isMade = true;
    try {
      await file.writeFile(text);
    } finally {
      await file.close();
    }
  }
}

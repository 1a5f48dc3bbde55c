import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';

const READ = constants.O_RDONLY | constants.O_NOFOLLOW;
const NEWLINE = 0x0a;

/** What is appended to a file, a line at a time. */
export class LineTail {
  readonly #path: string;
  /** Of the first byte that no line was read of. */
  #offset: number;

  private constructor(path: string, offset: number) {
    this.#path = path;
    this.#offset = offset;
  }

  /** Lines that are there already are passed over. */
  static fromEnd(path: string): LineTail {
    return new LineTail(path, withFile(path, sizeOf) ?? 0);
  }

  static fromStart(path: string): LineTail {
    return new LineTail(path, 0);
  }

  /** Whole lines that came since the last call; none where the file cannot be read. */
  read(): readonly string[] {
    const bytes = withFile(this.#path, (file) => readFrom(file, this.#offset));
    const end = bytes?.lastIndexOf(NEWLINE) ?? -1;
    if (bytes === undefined || end === -1) return [];
    this.#offset += end + 1;
    return bytes.toString('utf8', 0, end).split('\n');
  }
}

function readFrom(file: number, offset: number): Buffer {
  const bytes = Buffer.alloc(Math.max(0, sizeOf(file) - offset));
  return bytes.subarray(0, readSync(file, bytes, 0, bytes.length, offset));
}

function sizeOf(file: number): number {
  return fstatSync(file).size;
}

function withFile<T>(path: string, use: (file: number) => T): T | undefined {
  let file: number | undefined;
  try {
    file = openSync(path, READ);
    return use(file);
  } catch {
    return undefined;
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

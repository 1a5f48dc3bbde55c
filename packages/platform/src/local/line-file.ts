import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { byteAt } from './append-file.js';
import { codeOf } from './errors.js';

const CHUNK_BYTES = 64 * 1024;
const NEWLINE = 0x0a;

/** One complete line, and the offset of the byte after its newline. */
export interface RawLine {
  readonly text: string;
  readonly end: number;
}

/** A file of lines, open for reading. What comes after the last newline is not there yet. */
export interface LineFile {
  readonly size: number;
  /** Whether a line starts (or the file ends after a whole line) at this offset. */
  isBoundary(offset: number): boolean;
  /** Lines from this boundary on. */
  forward(offset: number): Iterable<RawLine>;
  /** Lines from the last to the first, reading only as far as they are asked for. */
  backward(): Iterable<RawLine>;
}

/** Calls `read` with the file; with undefined when there is none. */
export function withLineFile<T>(path: string, read: (file: LineFile | undefined) => T): T {
  const file = openExisting(path);
  if (file === undefined) return read(undefined);
  try {
    const { size } = fstatSync(file);
    return read({
      size,
      isBoundary: (offset) => offset === 0 || (offset <= size && byteAt(file, offset - 1) === NEWLINE),
      forward: (offset) => forward(file, offset),
      backward: () => backward(file, size),
    });
  } finally {
    closeSync(file);
  }
}

function openExisting(path: string): number | undefined {
  try {
    return openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

function* forward(file: number, offset: number): Generator<RawLine> {
  let lineStart = offset;
  let position = offset;
  let parts: Buffer[] = [];
  for (let chunk = readChunk(file, position); chunk.length > 0; chunk = readChunk(file, position)) {
    let from = 0;
    for (let at = chunk.indexOf(NEWLINE); at !== -1; at = chunk.indexOf(NEWLINE, from)) {
      parts.push(chunk.subarray(from, at));
      const bytes = Buffer.concat(parts);
      lineStart += bytes.length + 1;
      yield { text: bytes.toString('utf8'), end: lineStart };
      parts = [];
      from = at + 1;
    }
    parts.push(chunk.subarray(from));
    position += chunk.length;
  }
}

function* backward(file: number, size: number): Generator<RawLine> {
  // What follows the last newline that was met, as parts in the order of the file; the first are no whole line.
  let parts: Buffer[] = [];
  let end: number | undefined;
  for (let position = size; position > 0;) {
    const start = Math.max(0, position - CHUNK_BYTES);
    const chunk = readChunk(file, start, position - start);
    let to = chunk.length;
    for (
      let at = chunk.lastIndexOf(NEWLINE);
      at !== -1;
      at = at === 0 ? -1 : chunk.lastIndexOf(NEWLINE, at - 1)
    ) {
      parts.unshift(chunk.subarray(at + 1, to));
      if (end !== undefined) yield { text: Buffer.concat(parts).toString('utf8'), end };
      parts = [];
      end = start + at + 1;
      to = at;
    }
    parts.unshift(chunk.subarray(0, to));
    position = start;
  }
  if (end !== undefined) yield { text: Buffer.concat(parts).toString('utf8'), end };
}

function readChunk(file: number, position: number, length = CHUNK_BYTES): Buffer {
  const buffer = Buffer.allocUnsafe(length);
  return buffer.subarray(0, readSync(file, buffer, 0, length, position));
}

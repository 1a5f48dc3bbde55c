import { GetObjectCommand, HeadObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { LogLineSchema, type LogLine } from '@outpost/contracts';
import { checkedSegment } from '../files/segments.js';
import type { LogKey } from '../ports/index.js';
import { asServiceError, isNamed } from './errors.js';
import { wrongCursor, type LogPosition } from './log-cursor.js';
import type { LogEntry } from './log-frames.js';

/** The first range that is read; each that follows is twice as long, so that neither pages nor long lines cost much. */
const FIRST_RANGE_BYTES = 64 * 1024;
const MAX_RANGE_BYTES = 8 * 1024 * 1024;
const NEWLINE = 0x0a;

export interface LogArchiveOptions {
  readonly s3: S3Client;
  readonly bucket: string;
}

/** A sealed log: JSON lines in S3. It never changes. */
export interface LogArchive {
  /** Lines after the position, as they are asked for. Throws VALIDATION_ERROR when no line ends there. */
  forward(position: LogPosition): AsyncIterable<LogEntry>;
  tail(limit: number): Promise<readonly LogLine[]>;
}

export function archiveKeyOf({ tenantId, dispatchId }: LogKey): string {
  return `${checkedSegment('tenantId', tenantId)}/${checkedSegment('dispatchId', dispatchId)}.jsonl`;
}

/** Undefined when the log was not sealed, or not yet. */
export async function openLogArchive(
  { s3, bucket }: LogArchiveOptions,
  key: LogKey,
): Promise<LogArchive | undefined> {
  const object = { Bucket: bucket, Key: archiveKeyOf(key) };
  const size = await sizeOf(s3, object);
  if (size === undefined) return undefined;
  const file: ArchiveFile = { size, range: (from, to) => fetchRange(s3, object, from, to) };
  return { forward: ({ end }) => entriesAfter(file, end), tail: (limit) => lastLines(file, limit) };
}

interface ArchiveFile {
  readonly size: number;
  /** Bytes from `from` up to, without, `to`. */
  range(from: number, to: number): Promise<Buffer>;
}

interface ObjectName {
  readonly Bucket: string;
  readonly Key: string;
}

async function* entriesAfter(file: ArchiveFile, offset: number): AsyncGenerator<LogEntry> {
  // Read from the newline before, which shows that a line ends here.
  const lines = linesFrom(file, Math.max(0, offset - 1));
  if (offset > 0 && (await lines.next()).value?.end !== offset) throw wrongCursor();
  for await (const { text, end } of lines) {
    const line = parseLine(text);
    if (line !== undefined) yield { line, position: { timestampMs: Date.parse(line.at), end } };
  }
}

interface RawLine {
  readonly text: string;
  /** Offset of the byte after its newline. */
  readonly end: number;
}

async function* linesFrom(file: ArchiveFile, offset: number): AsyncGenerator<RawLine, undefined> {
  let rest = Buffer.alloc(0);
  let lineStart = offset;
  let length = FIRST_RANGE_BYTES;
  for (let position = offset; position < file.size; position += length, length = longer(length)) {
    const bytes = Buffer.concat([rest, await file.range(position, Math.min(position + length, file.size))]);
    let from = 0;
    for (let at = bytes.indexOf(NEWLINE); at !== -1; at = bytes.indexOf(NEWLINE, from)) {
      yield { text: bytes.toString('utf8', from, at), end: lineStart + at + 1 };
      from = at + 1;
    }
    rest = bytes.subarray(from);
    lineStart += from;
  }
}

async function lastLines(file: ArchiveFile, limit: number): Promise<readonly LogLine[]> {
  let bytes = Buffer.alloc(0);
  let start = file.size;
  for (let length = FIRST_RANGE_BYTES; start > 0; length = longer(length)) {
    const from = Math.max(0, start - length);
    bytes = Buffer.concat([await file.range(from, start), bytes]);
    start = from;
    // The first line is whole only at the start of the file, and the last text is what follows the last newline.
    const texts = bytes
      .toString('utf8')
      .split('\n')
      .slice(start === 0 ? 0 : 1, -1);
    if (start === 0 || texts.length >= limit)
      return lastOf(texts, limit).flatMap((text) => parseLine(text) ?? []);
  }
  return [];
}

/** The last `count` of them, also when that is none. */
export function lastOf<T>(items: readonly T[], count: number): readonly T[] {
  return items.slice(Math.max(0, items.length - count));
}

function longer(length: number): number {
  return Math.min(length * 2, MAX_RANGE_BYTES);
}

function parseLine(text: string): LogLine | undefined {
  try {
    return LogLineSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

async function sizeOf(s3: S3Client, object: ObjectName): Promise<number | undefined> {
  try {
    return (await s3.send(new HeadObjectCommand(object))).ContentLength ?? 0;
  } catch (error) {
    if (isNamed(error, 'NotFound', 'NoSuchKey')) return undefined;
    throw error;
  }
}

async function fetchRange(s3: S3Client, object: ObjectName, from: number, to: number): Promise<Buffer> {
  const { Body } = await s3.send(new GetObjectCommand({ ...object, Range: `bytes=${from}-${to - 1}` }));
  try {
    return Buffer.from((await Body?.transformToByteArray()) ?? []);
  } catch (error) {
    // The client has seen only the head of the answer.
    throw asServiceError('S3', error);
  }
}

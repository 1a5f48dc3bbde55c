import type { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { DeleteObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import type { LogReader, LogSource } from '../ports/index.js';
import { archiveKeyOf, openLogArchive, type LogArchive } from './log-archive.js';
import { cursorOf, LOG_START, parseLogCursor, wrongCursor, type LogPosition } from './log-cursor.js';
import type { LogEntry } from './log-frames.js';
import { streamEntries, streamTail, type LogStream } from './log-stream.js';

export interface AwsLogReaderOptions {
  readonly logs: CloudWatchLogsClient;
  readonly s3: S3Client;
  readonly logGroup: string;
  /** `awslogs-stream-prefix` of the workers' task definitions. */
  readonly streamPrefix: string;
  readonly containerName: string;
  /** Of the archived logs. */
  readonly bucket: string;
}

/**
 * While a dispatch runs, its lines are read from the task's stream in CloudWatch; after its end from the archive in
 * S3, or from the stream where the worker died before it made one. A cursor counts in both.
 */
export function createAwsLogReader(options: AwsLogReaderOptions): LogReader {
  return {
    async read({ cursor = LOG_START, limit, ...source }) {
      const entries = await entriesAfter(options, source, parseLogCursor(cursor), limit);
      // One more than asked for tells whether this is the end.
      const taken = await take(entries, limit + 1);
      const page = taken.slice(0, limit).map(({ line, position }) => ({ line, cursor: cursorOf(position) }));
      return { entries: page, nextCursor: page.at(-1)?.cursor ?? cursor, atEnd: taken.length <= limit };
    },
    // The streams in CloudWatch go by the retention of their group, which is shorter.
    async remove(key) {
      const { s3, bucket } = options;
      await s3.send(new DeleteObjectCommand({ Bucket: bucket, Key: archiveKeyOf(key) }));
    },
    async tail({ limit, ...source }) {
      const archive = await archiveOf(options, source);
      if (archive !== undefined) return archive.tail(limit);
      const stream = streamOf(options, source);
      return stream === undefined ? [] : streamTail(stream, limit);
    },
  };
}

async function entriesAfter(
  options: AwsLogReaderOptions,
  source: LogSource,
  position: LogPosition,
  limit: number,
): Promise<AsyncIterable<LogEntry> | readonly LogEntry[]> {
  const archive = await archiveOf(options, source);
  if (archive !== undefined) return archive.forward(position);
  const stream = streamOf(options, source);
  if (stream !== undefined) return streamEntries(stream, position, limit);
  if (position.end > 0) throw wrongCursor();
  return [];
}

async function archiveOf(options: AwsLogReaderOptions, source: LogSource): Promise<LogArchive | undefined> {
  return source.hasEnded === true ? openLogArchive(options, source) : undefined;
}

/** `<prefix>/<container>/<task id>`, as awslogs names it; undefined before there was a task. */
function streamOf(
  { logs, logGroup, streamPrefix, containerName }: AwsLogReaderOptions,
  { taskArn, ...key }: LogSource,
): LogStream | undefined {
  if (taskArn === undefined) return undefined;
  const taskId = taskArn.slice(taskArn.lastIndexOf('/') + 1);
  return { logs, logGroup, streamName: `${streamPrefix}/${containerName}/${taskId}`, key };
}

async function take<T>(items: AsyncIterable<T> | readonly T[], count: number): Promise<readonly T[]> {
  const taken: T[] = [];
  for await (const item of items) {
    taken.push(item);
    if (taken.length >= count) break;
  }
  return taken;
}

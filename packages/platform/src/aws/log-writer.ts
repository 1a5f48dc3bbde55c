import type { S3Client } from '@aws-sdk/client-s3';
import type { LogLine } from '@outpost/contracts';
import { join } from 'node:path';
import type { Writable } from 'node:stream';
import type { LogKey, LogWriter } from '../ports/index.js';
import { uploadEncrypted } from './encrypted-upload.js';
import { archiveKeyOf } from './log-archive.js';
import { framesOf } from './log-frames.js';
import { LogSpool } from './log-spool.js';

export interface AwsLogWriterOptions {
  /** Standard output of the worker: the awslogs driver of ECS takes it to CloudWatch, a line an event. */
  readonly out: Writable;
  readonly s3: S3Client;
  /** Of the archived logs. */
  readonly bucket: string;
  /** Key id or ARN; the account's own key for S3 without one. */
  readonly kmsKeyId?: string | undefined;
  /** Made if need be, 0700. Out of the agent's reach. */
  readonly spoolDir: string;
}

interface OpenLog {
  readonly spool: LogSpool;
  /** The last write, settled or not: lines are written in the order in which they were given. */
  written: Promise<void>;
}

/**
 * Prints lines for CloudWatch, and keeps them in a file that becomes `<tenantId>/<dispatchId>.jsonl` in the bucket when
 * the log is sealed, encrypted with the tenant as encryption context.
 */
export function createAwsLogWriter(options: AwsLogWriterOptions): LogWriter {
  const open = new Map<string, OpenLog>();
  const logOf = (key: LogKey): OpenLog => {
    const name = archiveKeyOf(key);
    const spool = new LogSpool(join(options.spoolDir, `${key.dispatchId}.jsonl`));
    const log = open.get(name) ?? { spool, written: Promise.resolve() };
    open.set(name, log);
    return log;
  };
  return {
    async append({ lines, ...key }) {
      if (lines.length === 0) return;
      const log = logOf(key);
      const writing = log.written.then(() => write(options.out, log.spool, key, lines));
      log.written = writing.catch(() => undefined);
      await writing;
    },
    async seal(key) {
      const log = logOf(key);
      await log.written;
      await log.spool.finish((path) => archive(options, key, path));
      open.delete(archiveKeyOf(key));
    },
  };
}

async function write(out: Writable, spool: LogSpool, key: LogKey, lines: readonly LogLine[]): Promise<void> {
  let end = spool.size;
  let archived = '';
  let printed = '';
  for (const { at, kind, text } of lines) {
    const line = { at, kind, text };
    const json = `${JSON.stringify(line)}\n`;
    end += Buffer.byteLength(json);
    archived += json;
    printed += framesOf({ key, line, end })
      .map((frame) => `${frame}\n`)
      .join('');
  }
  await spool.append(archived);
  await print(out, printed);
}

/** Resolves once the text is taken: whoever writes faster than it is read has to wait. */
async function print(out: Writable, text: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    out.write(text, (error) => (error ? reject(error) : resolve()));
  });
}

async function archive(
  { s3, bucket, kmsKeyId }: AwsLogWriterOptions,
  key: LogKey,
  file: string,
): Promise<void> {
  await uploadEncrypted(s3, {
    bucket,
    key: archiveKeyOf(key),
    tenantId: key.tenantId,
    kmsKeyId,
    contentType: 'application/x-ndjson',
    body: { file },
  });
}

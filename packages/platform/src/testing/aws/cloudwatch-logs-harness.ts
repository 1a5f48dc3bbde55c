import { CreateBucketCommand } from '@aws-sdk/client-s3';
import type { LogLine } from '@outpost/contracts';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { callbackify } from 'node:util';
import { onTestFinished } from 'vitest';
import type { AwsClients } from '../../aws/clients.js';
import { createAwsLogReader } from '../../aws/log-reader.js';
import { createAwsLogWriter } from '../../aws/log-writer.js';
import type { LogReader, LogSource, LogWriter } from '../../ports/index.js';
import { newDispatchId, TEST_AT } from '../fixtures.js';
import { TEST_EPOCH_MS } from '../settable-clock.js';
import { createTestClients, type AwsEndpoints } from './clients.js';
import { startCloudWatchLogs, type CloudWatchLogsServer, type IngestParams } from './cloudwatch-logs.js';
import { startFauxqs, type FauxqsServer } from './fauxqs.js';

const LOG_TASK_ARN = 'arn:aws:ecs:us-east-1:123456789012:task/outpost/0f9de17a6465404e8b1b2356dc13c2f8';
const GROUP = '/ecs/outpost-workers';
const STREAM = 'worker/agent/0f9de17a6465404e8b1b2356dc13c2f8';
const BUCKET = 'outpost-logs';
/** Lines that are printed within a millisecond: their events share a timestamp. */
const LINES_PER_MS = 3;

/** CloudWatch Logs and S3, without data. */
export interface LogServers {
  readonly endpoints: AwsEndpoints;
  /** In the order of their coming. */
  ingest(events: readonly IngestParams[]): Promise<void>;
  close(): Promise<void>;
}

export interface LogParts {
  readonly writer: LogWriter;
  readonly reader: LogReader;
  readonly taskArn: string;
  readonly spoolDir: string;
  readonly clients: AwsClients;
  /** Prints a line to the container's output, as anything in the worker may. */
  print(line: string): void;
  cleanup(): Promise<void>;
}

/** A worker's writer and the control plane's reader, with CloudWatch Logs and S3 between them. */
export async function startLogPartsOn(servers: LogServers): Promise<LogParts> {
  const spoolDir = await mkdtemp(join(tmpdir(), 'outpost-spool-'));
  const clients = createTestClients(servers.endpoints);
  await clients.s3.send(new CreateBucketCommand({ Bucket: BUCKET }));
  const out = containerOutput((events) => servers.ingest(events));
  return {
    ...logPair(clients, out, spoolDir),
    taskArn: LOG_TASK_ARN,
    spoolDir,
    clients,
    print: (line) => void out.write(`${line}\n`),
    async cleanup() {
      clients.destroy();
      await Promise.all([servers.close(), rm(spoolDir, { recursive: true })]);
    },
  };
}

export interface CloudWatchLogsParts extends LogParts {
  readonly server: CloudWatchLogsServer;
  readonly fauxqs: FauxqsServer;
}

export async function startLogParts(): Promise<CloudWatchLogsParts> {
  const [server, fauxqs] = await Promise.all([startCloudWatchLogs(), startFauxqs()]);
  const parts = await startLogPartsOn({
    endpoints: { logs: server.url, s3: fauxqs.url },
    async ingest(events) {
      for (const event of events) server.ingest(event);
    },
    async close() {
      await Promise.all([server.close(), fauxqs.close()]);
    },
  });
  return { ...parts, server, fauxqs };
}

/** A log of its own, while it is written and after its end; cleaned up when the test is over. */
export interface TestLog extends CloudWatchLogsParts {
  readonly key: LogSource;
  readonly ended: LogSource;
  /** Of its archive. */
  readonly object: { readonly Bucket: string; readonly Key: string };
}

export async function startTestLog(): Promise<TestLog> {
  const parts = await startLogParts();
  onTestFinished(parts.cleanup);
  const key = { tenantId: 'acme', dispatchId: newDispatchId(), taskArn: parts.taskArn };
  const object = { Bucket: BUCKET, Key: `acme/${key.dispatchId}.jsonl` };
  return { ...parts, key, ended: { ...key, hasEnded: true }, object };
}

export function logLine(text: string): LogLine {
  return { at: TEST_AT, kind: 'text', text };
}

export function logLines(count: number, prefix = 'line'): LogLine[] {
  return Array.from({ length: count }, (_, index) => logLine(`${prefix} ${index}`));
}

function logPair(
  { logs, s3 }: AwsClients,
  out: Writable,
  spoolDir: string,
): { readonly writer: LogWriter; readonly reader: LogReader } {
  return {
    writer: createAwsLogWriter({ out, s3, bucket: BUCKET, spoolDir }),
    reader: createAwsLogReader({
      logs,
      s3,
      logGroup: GROUP,
      streamPrefix: 'worker',
      containerName: 'agent',
      bucket: BUCKET,
    }),
  };
}

/** What awslogs does with a container's output: each line goes to the task's stream, with the time of its coming. */
function containerOutput(ingest: LogServers['ingest']): Writable {
  let rest = '';
  let lines = 0;
  return new Writable({
    decodeStrings: false,
    write(chunk: string, _encoding, done) {
      const texts = (rest + chunk).split('\n');
      rest = texts.pop() ?? '';
      const events = texts.map((line, index) => {
        const timestampMs = TEST_EPOCH_MS + Math.floor((lines + index) / LINES_PER_MS);
        return { group: GROUP, stream: STREAM, line, timestampMs };
      });
      lines += texts.length;
      callbackify(() => ingest(events))(done);
    },
  });
}

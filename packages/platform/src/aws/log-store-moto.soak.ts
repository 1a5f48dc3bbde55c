import {
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  PutLogEventsCommand,
  type CloudWatchLogsClient,
} from '@aws-sdk/client-cloudwatch-logs';
import { afterAll, describe } from 'vitest';
import { createTestClients } from '../testing/aws/clients.js';
import { startLogPartsOn, type LogServers } from '../testing/aws/cloudwatch-logs-harness.js';
import type { IngestParams } from '../testing/aws/cloudwatch-logs.js';
import { startMoto, type MotoServer } from '../testing/aws/moto.js';
import { describeLogStoreConformance, TEST_EPOCH_MS } from '../testing/index.js';
import { isNamed } from './errors.js';

const moto = await startMoto();

describe.skipIf(moto === undefined)('moto', () => {
  if (moto === undefined) return;
  afterAll(() => moto.close());
  describeLogStoreConformance('moto', { create: async () => startLogPartsOn(await freshly(moto)) });
});

/** CloudWatch takes up to 1 MB at once. */
const EVENTS_AT_ONCE = 4;
const LONG = 100_000;

async function freshly({ url, reset }: MotoServer): Promise<LogServers> {
  await reset();
  const { logs, destroy } = createTestClients({ logs: url });
  // It refuses events of two weeks ago.
  const shiftMs = Date.now() - TEST_EPOCH_MS;
  return {
    endpoints: { logs: url, s3: url },
    async ingest(events) {
      for (const batch of batchesOf(events)) await put(logs, batch, shiftMs);
    },
    close: async () => destroy(),
  };
}

function batchesOf(events: readonly IngestParams[]): readonly (readonly IngestParams[])[] {
  if (events.every(({ line }) => line.length < LONG)) return [events];
  return Array.from({ length: Math.ceil(events.length / EVENTS_AT_ONCE) }, (_, batch) =>
    events.slice(batch * EVENTS_AT_ONCE, (batch + 1) * EVENTS_AT_ONCE),
  );
}

async function put(
  logs: CloudWatchLogsClient,
  events: readonly IngestParams[],
  shiftMs: number,
): Promise<void> {
  const [first] = events;
  if (first === undefined) return;
  const place = { logGroupName: first.group, logStreamName: first.stream };
  const logEvents = events.map(({ line, timestampMs }) => ({
    message: line,
    timestamp: timestampMs + shiftMs,
  }));
  const send = () => logs.send(new PutLogEventsCommand({ ...place, logEvents }));
  await send().catch(async (error: unknown) => {
    if (!isNamed(error, 'ResourceNotFoundException')) throw error;
    await logs.send(new CreateLogGroupCommand({ logGroupName: first.group }));
    await logs.send(new CreateLogStreamCommand(place));
    await send();
  });
}

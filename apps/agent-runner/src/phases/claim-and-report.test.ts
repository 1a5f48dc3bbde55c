import { isTerminal, type DispatchRecord, type RecordIn } from '@outpost/contracts';
import type { ControlPlatform } from '@outpost/platform';
import {
  creation,
  createTemporaryLocalPlatform,
  type TemporaryLocalPlatform,
} from '@outpost/platform/testing';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { claim } from './claim.js';
import { report, type End } from './report.js';

let local: TemporaryLocalPlatform;
let platform: ControlPlatform;
let record: DispatchRecord;

beforeEach(async () => {
  local = await createTemporaryLocalPlatform();
  platform = local.open();
  const created = await platform.dispatches.create(creation());
  if (created.outcome !== 'created') throw new Error(created.outcome);
  record = created.record;
});
afterEach(() => local.cleanup());

const worker = (on: ControlPlatform = platform) => ({
  platform: on,
  key: { tenantId: record.tenantId, dispatchId: record.dispatchId },
  taskArn: 'outpost:test:task/1',
  clock: local.clock,
  logger: pino({ level: 'silent' }),
});

async function claimed(): Promise<RecordIn<'RUNNING'>> {
  const running = await claim(worker());
  if (running === undefined) throw new Error('not claimed');
  return running;
}

function completed(): End {
  const usage = { inputTokens: 7, outputTokens: 3, cacheReadTokens: 0, cacheWriteTokens: 0 };
  return {
    to: 'COMPLETED',
    completedAt: new Date(local.clock.now()).toISOString(),
    exitCode: 0,
    errorMessage: null,
    usage,
  };
}

function published(): unknown[] {
  const file = join(local.dataDir, 'events.jsonl');
  const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter(Boolean) : [];
  return lines.map((line) => JSON.parse(line) as unknown);
}

/** Of the ends: what came before is for the control plane to publish. */
async function unpublished(): Promise<unknown[]> {
  const due = await platform.outbox.due({ now: '9999-01-01T00:00:00.000Z', limit: 10 });
  return due
    .filter(({ event, isPublished }) => !isPublished && isTerminal(event.status))
    .map(({ event }) => event);
}

it('of many workers that were started for a dispatch, one gets it', async () => {
  const platforms = [platform, local.open(), local.open(), local.open()];
  const claims = await Promise.all(platforms.map((each) => claim(worker(each))));
  expect(claims.filter((each) => each !== undefined)).toHaveLength(1);
  expect(await claim(worker())).toBeUndefined();
});

it('reports the end with its cost event, once', async () => {
  const running = await claimed();
  expect(await report(worker(), running, completed())).toBe('COMPLETED');
  expect(await report(worker(), running, { ...completed(), to: 'FAILED' })).toBeUndefined();
  expect(await platform.dispatches.get(record)).toMatchObject({
    status: 'COMPLETED',
    usage: { inputTokens: 7 },
  });
  expect(published()).toMatchObject([
    { type: 'dispatch.completed', status: 'COMPLETED' },
    { eventId: record.dispatchId, type: 'dispatch.cost', status: 'COMPLETED' },
  ]);
  expect(await unpublished()).toEqual([]);
});

it('leaves the event in the outbox when it cannot be published', async () => {
  const running = await claimed();
  const down = vi.spyOn(platform.events, 'publish').mockRejectedValue(new Error('the bus is down'));
  expect(await report(worker(), running, completed())).toBe('COMPLETED');
  down.mockRestore();
  expect(await unpublished()).toMatchObject([{ type: 'dispatch.completed' }, { type: 'dispatch.cost' }]);
});

it('turns a completion into the cancellation that was acknowledged before it, and keeps what was used', async () => {
  const running = await claimed();
  const cancelRequestedAt = new Date(local.clock.now()).toISOString();
  await platform.dispatches.annotate({ ...record, during: ['RUNNING'], set: { cancelRequestedAt } });
  expect(await report(worker(), running, completed())).toBe('CANCELLED');
  expect(await platform.dispatches.get(record)).toMatchObject({
    status: 'CANCELLED',
    failure: { class: 'cancelled' },
    usage: { inputTokens: 7 },
  });
  expect(published()).toMatchObject([{ type: 'dispatch.cancelled' }, { status: 'CANCELLED' }]);
});

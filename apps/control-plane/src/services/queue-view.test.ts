import { DispatchSchema, LIMITS, type DispatchRecord, type DispatchSpec } from '@outpost/contracts';
import type { ControlPlatform } from '@outpost/platform';
import {
  CLAIMED,
  costEvent,
  createTemporaryLocalPlatform,
  creation,
  ending,
  TEST_AT,
  TEST_EPOCH_MS,
  type TemporaryLocalPlatform,
} from '@outpost/platform/testing';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createServices } from '../compose.js';
import { readConfig } from '../config.js';
import type { StatusTracker } from './status-tracker.js';

const MINUTE_MS = 60_000;

let local: TemporaryLocalPlatform;
let platform: ControlPlatform;
let statusTracker: StatusTracker;

beforeEach(async () => {
  local = await createTemporaryLocalPlatform();
  platform = local.open();
  ({ statusTracker } = createServices({
    config: readConfig({
      OUTPOST_DATA_DIR: local.dataDir,
      OUTPOST_MAX_CONCURRENT_PER_AGENT: '5',
      OUTPOST_MAX_CONCURRENT_PER_TENANT: '2',
    }),
    platform,
    logger: pino({ level: 'silent' }),
    shutdown: new AbortController().signal,
    clock: local.clock,
  }));
});
afterEach(async () => local.cleanup());

async function create(spec: Partial<DispatchSpec>, slots: number): Promise<DispatchRecord> {
  const limits = { perAgent: slots, perTenant: slots };
  const result = await platform.dispatches.create(creation(spec, { limits }));
  if (result.outcome !== 'created') throw new Error(result.outcome);
  return result.record;
}

const queued = (spec: Partial<DispatchSpec> = {}) => create(spec, 0);
const get = ({ tenantId, dispatchId }: DispatchRecord) =>
  statusTracker.get({ tenantId, dispatchId, recentLogs: undefined, origin: 'http://127.0.0.1' });
const positionOf = async (record: DispatchRecord) => (await get(record)).queue?.position;

/** A run that took that long. */
async function completed(durationMs: number, spec: Partial<DispatchSpec> = {}): Promise<void> {
  const record = await create(spec, 9);
  await platform.dispatches.move({ ...record, move: CLAIMED });
  const completedAt = new Date(TEST_EPOCH_MS + durationMs).toISOString();
  const move = ending('COMPLETED', { completedAt });
  await platform.dispatches.move({ ...record, move, event: costEvent(record) });
}

describe('a dispatch that is queued', () => {
  it('shows its place, which comes nearer as others start', async () => {
    const first = await queued();
    const second = await queued();
    const third = await queued();
    expect(await Promise.all([first, second, third].map(positionOf))).toEqual([1, 2, 3]);
    await platform.dispatches.admit({ ...first, at: TEST_AT, limits: { perAgent: 9, perTenant: 9 } });
    expect(await Promise.all([second, third].map(positionOf))).toEqual([1, 2]);
  });

  it('is not moved back by the flood of another tenant by more than a turn of it', async () => {
    for (let index = 0; index < 30; index += 1) await queued({ tenantId: 'globex' });
    const ours = await queued();
    expect(await positionOf(ours)).toBe(2);
    await queued({ tenantId: 'initech', agent: 'codex' });
    expect(await positionOf(ours)).toBe(2);
  });

  it('shows no start where nothing is known of the agent', async () => {
    await completed(MINUTE_MS, { agent: 'codex' });
    await completed(MINUTE_MS, { tenantId: 'globex' });
    expect((await get(await queued())).queue).toEqual({ position: 1, estimatedStartAt: null });
  });

  it('shows when it may start, by how long the runs of the tenant take and how many it may have', async () => {
    await completed(MINUTE_MS);
    const line = [await queued(), await queued(), await queued()];
    const estimates = await Promise.all(
      line.map(async (record) => (await get(record)).queue?.estimatedStartAt),
    );
    expect(estimates.map((at) => Date.parse(at!) - TEST_EPOCH_MS)).toEqual([
      MINUTE_MS,
      MINUTE_MS,
      2 * MINUTE_MS,
    ]);
  });

  it('is shown with its place or not as queued: when it starts meanwhile, it is read again', async () => {
    const record = await queued();
    const { dispatches } = platform;
    const { queuePlace } = { ...dispatches };
    vi.spyOn(dispatches, 'queuePlace').mockImplementationOnce(async (params) => {
      await dispatches.admit({ ...record, at: TEST_AT, limits: { perAgent: 9, perTenant: 9 } });
      return queuePlace(params);
    });
    const shown = await get(record);
    expect(shown).toMatchObject({ status: 'PENDING', attempt: 1 });
    expect(shown).not.toHaveProperty('queue');
  });

  it('asks for no more of its line than a place is counted', async () => {
    const place = vi.spyOn(platform.dispatches, 'queuePlace');
    await get(await queued());
    expect(place.mock.calls[0]![0].limit).toBe(LIMITS.queuePositionMax);
  });
});

describe('what is shown of a dispatch', () => {
  it('is where it is, with which worker and in which attempt, and nothing that only Outpost needs', async () => {
    const record = await create({ retryOf: '01K4ZJ8W2T6V0Q9S3R5X7Y1B2C' }, 9);
    const { tenantId, dispatchId } = record;
    await platform.dispatches.move({ ...record, move: CLAIMED });
    const set = { workerId: 'worker-1', timings: { queue: 0, launch: 12 }, stage: 'clone' } as const;
    await platform.dispatches.annotate({ tenantId, dispatchId, during: ['RUNNING'], set });
    const shown = await get(record);
    expect(DispatchSchema.parse(shown)).toEqual(shown);
    expect(shown).toMatchObject({ ...set, attempt: 1, retryOf: '01K4ZJ8W2T6V0Q9S3R5X7Y1B2C' });
    for (const internal of ['tenantId', 'ttl', 'pendingAt', 'heartbeatAt', 'queue'])
      expect(shown).not.toHaveProperty(internal);
  });
});

import type { DispatchRecord, DispatchSpec, RecordIn } from '@outpost/contracts';
import type { DispatchStore } from '@outpost/platform';
import {
  CLAIMED,
  costEvent,
  createTemporaryLocalPlatform,
  creation,
  ending,
  type TemporaryLocalPlatform,
} from '@outpost/platform/testing';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { tenantsOf } from '../testing/tenants-of.js';
import { Scheduler } from './scheduler.js';

const LIMITS = { perAgent: 3, perTenant: 2 };
const OWN = { maxConcurrent: LIMITS.perTenant };

let local: TemporaryLocalPlatform;
let dispatches: DispatchStore;
let launched: string[];
let scheduler: Scheduler;

beforeEach(async () => {
  local = await createTemporaryLocalPlatform();
  dispatches = local.open().dispatches;
  launched = [];
  scheduler = schedulerOn(dispatches);
});
afterEach(async () => local.cleanup());

function schedulerOn(
  store: DispatchStore,
  tenants = tenantsOf(OWN),
  onLaunch: (record: RecordIn<'PENDING'>) => void = () => undefined,
): Scheduler {
  return new Scheduler({
    dispatches: store,
    launcher: {
      launchSoon: (record) => {
        launched.push(record.dispatchId);
        onLaunch(record);
      },
    },
    tenants,
    perAgent: LIMITS.perAgent,
    clock: local.clock,
    logger: pino({ level: 'silent' }),
  });
}

async function create(spec: Partial<DispatchSpec> = {}): Promise<DispatchRecord> {
  const result = await dispatches.create(creation(spec, { limits: LIMITS }));
  if (result.outcome !== 'created') throw new Error(result.outcome);
  return result.record;
}

async function finish(record: DispatchRecord): Promise<void> {
  await dispatches.move({ ...record, move: CLAIMED });
  await dispatches.move({ ...record, move: ending('COMPLETED'), event: costEvent(record) });
}

describe('a free slot', () => {
  it('goes to a tenant with fewer running, though another has waited longer', async () => {
    const own = [await create({ tenantId: 'flood' }), await create({ tenantId: 'flood' })];
    await create({ tenantId: 'other' });
    const flood = await create({ tenantId: 'flood' });
    const quiet = await create({ tenantId: 'quiet' });
    await finish(own[0]!);
    await scheduler.admitWaiting();
    expect(launched).toEqual([quiet.dispatchId]);
    await finish(own[1]!);
    await scheduler.admitWaiting();
    expect(launched).toEqual([quiet.dispatchId, flood.dispatchId]);
  });

  it.each(['isSuspended', 'isOverBudget'])('is not for a tenant that %s', async (reason) => {
    const own = [await create({ tenantId: 'late' }), await create({ tenantId: 'late' })];
    const waiting = await create({ tenantId: 'late' });
    await finish(own[0]!);
    await schedulerOn(dispatches, tenantsOf(OWN, { late: { [reason]: true } })).admitWaiting();
    expect(launched).toEqual([]);
    await scheduler.admitWaiting();
    expect(launched).toEqual([waiting.dispatchId]);
  });

  it('goes by weight', async () => {
    const running = [];
    for (const tenantId of ['heavy', 'light', 'light']) running.push(await create({ tenantId }));
    const [heavy, light] = [await create({ tenantId: 'heavy' }), await create({ tenantId: 'light' })];
    await finish(running[2]!);
    await schedulerOn(dispatches, tenantsOf(OWN, { light: { weight: 100 } })).admitWaiting();
    expect(launched).toEqual([light.dispatchId]);
    await finish(running[1]!);
    await scheduler.admitWaiting();
    expect(launched).toEqual([light.dispatchId, heavy.dispatchId]);
  });
});

describe('a look at the queue', () => {
  it('starts all that have room, of several tenants and agents, and keeps the limits', async () => {
    const running = [];
    for (const tenantId of ['x', 'y', 'z']) running.push(await create({ tenantId }));
    for (const tenantId of ['a', 'a', 'a', 'b', 'c']) await create({ tenantId });
    for (const record of running) await finish(record);
    await Promise.all([scheduler.admitWaiting(), schedulerOn(dispatches).admitWaiting()]);
    expect(launched).toHaveLength(3);
    expect(new Set(launched).size).toBe(3);
    const { byAgent, byTenant } = await dispatches.slotUsage({ tenantIds: ['a', 'b', 'c'] });
    expect({ byAgent, byTenant }).toEqual({ byAgent: { claude: 3 }, byTenant: { a: 1, b: 1, c: 1 } });
  });

  it('does not read the queue of a fleet that is full', async () => {
    for (const agent of ['claude', 'codex', 'gemini', 'aider', 'grok'] as const)
      for (const tenantId of ['a', 'b', 'c']) await create({ tenantId: `${tenantId}-${agent}`, agent });
    await create();
    const queueHeads = vi.spyOn(dispatches, 'queueHeads');
    await scheduler.admitWaiting();
    expect(queueHeads).not.toHaveBeenCalled();
    expect(launched).toEqual([]);
  });

  it('lets nobody pass one that was refused, but goes on with other lines', async () => {
    const running = [];
    for (const tenantId of ['x', 'y', 'z']) running.push(await create({ tenantId }));
    const [refused, behind] = [await create({ tenantId: 'a' }), await create({ tenantId: 'a' })];
    const other = await create({ tenantId: 'b' });
    for (const record of running) await finish(record);
    const { admit } = dispatches;
    const asked: string[] = [];
    vi.spyOn(dispatches, 'admit').mockImplementation(async (params) => {
      asked.push(params.dispatchId);
      return asked[0] === params.dispatchId ? { outcome: 'full' } : admit(params);
    });
    await scheduler.admitWaiting();
    expect(asked.slice(0, 2)).toEqual([refused.dispatchId, other.dispatchId]);
    expect(launched[0]).toBe(other.dispatchId);
    expect(launched).not.toContain(behind.dispatchId);
  });

  it('goes on behind one that was cancelled meanwhile', async () => {
    const running = [];
    for (const tenantId of ['x', 'y', 'z']) running.push(await create({ tenantId }));
    const [first, second] = [await create({ tenantId: 'a' }), await create({ tenantId: 'a' })];
    for (const record of running) await finish(record);
    const { queueHeads } = dispatches;
    vi.spyOn(dispatches, 'queueHeads').mockImplementationOnce(async (params) => {
      const heads = await queueHeads(params);
      await dispatches.move({ ...first, move: ending('CANCELLED'), event: costEvent(first, 'CANCELLED') });
      return heads;
    });
    await scheduler.admitWaiting();
    expect(launched).toEqual([second.dispatchId]);
  });

  it('is followed by another when it has started any, until nobody has room', async () => {
    const running = [];
    for (const tenantId of ['x', 'y', 'z']) running.push(await create({ tenantId }));
    for (let count = 0; count < 8; count += 1) await create({ tenantId: `t${count}` });
    for (const record of running) await finish(record);
    const ended: Promise<void>[] = [];
    const quick = schedulerOn(dispatches, tenantsOf(OWN), (record) => void ended.push(finish(record)));
    await quick.admitWaiting();
    await vi.waitFor(async () => {
      await Promise.all(ended);
      await quick.settled();
      expect(launched).toHaveLength(8);
    });
  });
});

describe('a poke', () => {
  it('starts what waits, and never throws', async () => {
    const running = [];
    for (const tenantId of ['x', 'y', 'z']) running.push(await create({ tenantId }));
    const waiting = await create({ tenantId: 'a' });
    await finish(running[0]!);
    vi.spyOn(dispatches, 'slotUsage').mockRejectedValueOnce(new Error('the store is down'));
    scheduler.poke();
    await scheduler.settled();
    expect(launched).toEqual([]);
    scheduler.poke();
    await scheduler.settled();
    expect(launched).toEqual([waiting.dispatchId]);
  });

  it('of which there are many are one look or two', async () => {
    const slotUsage = vi.spyOn(dispatches, 'slotUsage');
    for (let count = 0; count < 50; count += 1) scheduler.poke();
    await scheduler.settled();
    expect(slotUsage.mock.calls.length).toBeLessThanOrEqual(2);
  });

  it('does nothing once it is stopped', async () => {
    await scheduler.stop();
    const slotUsage = vi.spyOn(dispatches, 'slotUsage');
    scheduler.poke();
    await scheduler.admitWaiting();
    expect(slotUsage).not.toHaveBeenCalled();
  });
});

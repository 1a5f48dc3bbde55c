import type { AgentName, DispatchRecord } from '@outpost/contracts';
import { randomUUID } from 'node:crypto';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { DispatchStore } from '../ports/index.js';
import { hasDynamoDb } from '../testing/aws/dynamodb.js';
import { startTestTables } from '../testing/aws/dynamodb-harness.js';
import { RowLocks } from '../testing/aws/row-locks.js';
import { CLAIMED, costEvent, costsIn, creation, ending, TEST_AT } from '../testing/index.js';
import { createAwsDispatchStore } from './dispatch-store.js';
import { createAwsOutbox } from './outbox.js';

const LIMITS = { perAgent: 3, perTenant: 2 };
const TENANTS = ['acme', 'globex', 'initech'] as const;
const AGENTS = ['claude', 'codex'] as const satisfies readonly AgentName[];
const WORKSPACES = [randomUUID(), randomUUID()];
const CREATIONS = 200;
const AT_ONCE = 8;

type Load = Awaited<ReturnType<typeof start>>;

const start = async () => {
  const tables = await startTestTables();
  onTestFinished(tables.cleanup);
  const { createHandler } = new RowLocks();
  const { clock } = tables;
  const storeOf = () => createAwsDispatchStore({ dynamodb: tables.connect({ createHandler }), clock });
  const outbox = createAwsOutbox(tables);
  return { stores: [storeOf(), storeOf()] as const, outbox, random: randomFrom(20_261_123) };
};

/** A linear congruential generator: a failure can be had again. */
function randomFrom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return Math.floor((state / 2 ** 31) * below);
  };
}

/** Each in flight with others: creates, starts, ends or admits somebody, at random. */
function step({ stores, random }: Load, left: { creations: number }): () => Promise<unknown> {
  const store = stores[random(2)]!;
  const [action, pick] = [random(10), random(1_000)];
  if (action < 4 && left.creations > 0) {
    left.creations -= 1;
    const workspace = pick % 3 === 0 && { workspaceMode: 'persistent', workspaceId: WORKSPACES[pick % 2]! };
    const [tenantId, agent] = [TENANTS[random(3)]!, AGENTS[random(2)]!];
    const spec = { tenantId, agent, ...(workspace as object) };
    return () => store.create(creation(spec, { limits: LIMITS }));
  }
  if (action < 6) return () => admitNext(store, pick);
  return async () => {
    const active = (await recordsOf(store)).filter(isActive);
    const record = active[pick % Math.max(1, active.length)];
    if (record === undefined) return undefined;
    const { tenantId, dispatchId } = record;
    if (action < 7) return store.move({ tenantId, dispatchId, move: CLAIMED });
    return store.move({
      tenantId,
      dispatchId,
      move: ending('CANCELLED'),
      event: costEvent(record, 'CANCELLED'),
    });
  };
}

async function admitNext(store: DispatchStore, pick: number): Promise<unknown> {
  const heads = await store.queueHeads({ perLine: 1 });
  const head = heads[pick % Math.max(1, heads.length)];
  return head && store.admit({ ...head, at: TEST_AT, limits: LIMITS });
}

const isActive = ({ status }: DispatchRecord) => ['QUEUED', 'PENDING', 'RUNNING'].includes(status);
const holdsSlot = ({ status }: DispatchRecord) => ['PENDING', 'RUNNING'].includes(status);

async function recordsOf(store: DispatchStore): Promise<DispatchRecord[]> {
  const pages = await Promise.all(TENANTS.map((tenantId) => store.list({ tenantId, limit: 1_000 })));
  return pages.flatMap(({ records }) => records);
}

function countsBy<Name extends string>(
  records: readonly DispatchRecord[],
  nameOf: (record: DispatchRecord) => Name,
) {
  const counts = new Map<Name, number>();
  for (const record of records) counts.set(nameOf(record), (counts.get(nameOf(record)) ?? 0) + 1);
  return Object.fromEntries(counts);
}

async function expectCountsToBeTrue({ stores }: Load): Promise<readonly DispatchRecord[]> {
  const records = await recordsOf(stores[0]);
  const holding = records.filter(holdsSlot);
  const byAgent = countsBy(holding, ({ agent }) => agent);
  const byTenant = countsBy(holding, ({ tenantId }) => tenantId);
  const usage = await stores[1].slotUsage({ tenantIds: TENANTS });
  expect({ byAgent: usage.byAgent, byTenant: usage.byTenant }).toEqual({ byAgent, byTenant });
  for (const count of Object.values(byAgent)) expect(count).toBeLessThanOrEqual(LIMITS.perAgent);
  for (const count of Object.values(byTenant)) expect(count).toBeLessThanOrEqual(LIMITS.perTenant);
  const shared = holding.filter(({ workspaceMode }) => workspaceMode === 'persistent');
  const places = shared.map(({ tenantId, workspaceId }) => `${tenantId} ${workspaceId}`);
  expect(new Set(places).size).toBe(places.length);
  const queued = records.filter(({ status }) => status === 'QUEUED');
  for (const tenantId of TENANTS) {
    const own = queued.filter((record) => record.tenantId === tenantId);
    expect(await stores[1].countQueued({ tenantId })).toEqual(countsBy(own, ({ agent }) => agent));
  }
  return records;
}

/** Until nothing is left that waits or runs. */
async function drain({ stores }: Load): Promise<void> {
  for (let round = 0; round < CREATIONS; round += 1) {
    const holding = (await recordsOf(stores[0])).filter(holdsSlot);
    await Promise.all(
      holding.map((record, index) =>
        stores[index % 2]!.move({
          ...record,
          move: ending('CANCELLED'),
          event: costEvent(record, 'CANCELLED'),
        }),
      ),
    );
    const heads = await stores[1].queueHeads({ perLine: 1 });
    if (heads.length === 0) return;
    for (const head of heads) await stores[0].admit({ ...head, at: TEST_AT, limits: LIMITS });
  }
}

describe.skipIf(!hasDynamoDb())('two control planes on the same tables', { timeout: 120_000 }, () => {
  it('never exceed a limit, never lose a slot, and bring every dispatch to its end', async () => {
    const load = await start();
    const left = { creations: CREATIONS };
    while (left.creations > 0) {
      const steps = Array.from({ length: AT_ONCE }, () => step(load, left));
      await Promise.all(steps.map((run) => run()));
      await expectCountsToBeTrue(load);
    }
    await drain(load);
    const records = await expectCountsToBeTrue(load);
    expect(records).toHaveLength(CREATIONS);
    expect(countsBy(records, ({ status }) => status)).toEqual({ CANCELLED: CREATIONS });
    const events = await costsIn(load.outbox);
    expect(events.map(({ eventId }) => eventId).toSorted()).toEqual(
      records.map(({ dispatchId }) => dispatchId).toSorted(),
    );
  });
});

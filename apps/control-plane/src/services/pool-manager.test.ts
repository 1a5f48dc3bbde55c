import { AGENT_NAMES, type AgentName, type DispatchSpec, type RecordIn } from '@outpost/contracts';
import type { ControlPlatform, WorkerRecord, WorkerState } from '@outpost/platform';
import {
  AMPLE,
  costEvent,
  createTemporaryLocalPlatform,
  creation,
  ending,
  type TemporaryLocalPlatform,
} from '@outpost/platform/testing';
import { randomUUID } from 'node:crypto';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { POOL_POLICY } from '../compose/pool.js';
import type { PoolSize, PoolSizes } from '../domain/pool-size.js';
import { freeWorkerOf, warmWorkerCommand } from '../testing/warm-worker.js';
import { PoolManager } from './pool-manager.js';
import { PoolSupervisor } from './pool-supervisor.js';
import { tenantsOf } from '../testing/tenants-of.js';

const IDLE_TIMEOUT_MS = 300_000;
const NONE: PoolSize = { min: 0, max: 0 };

let local: TemporaryLocalPlatform;
let platform: ControlPlatform;

beforeEach(async () => {
  local = await createTemporaryLocalPlatform();
  // Workers go by the real time.
  local.clock.set(Date.now());
  platform = open();
});
afterEach(async () => {
  for (const { taskArn } of await platform.pool.list()) if (taskArn !== undefined) await stopped(taskArn);
  await local.cleanup();
});

function open(env: Readonly<Record<string, string>> = {}): ControlPlatform {
  return local.open({ worker: { command: warmWorkerCommand(local.dataDir), env, stopGraceMs: 100 } });
}

function manage(sizes: Partial<PoolSizes>, limits = AMPLE): PoolManager {
  const { pool: workers, tasks, dispatches } = platform;
  const { clock } = local;
  const logger = pino({ level: 'silent' });
  return new PoolManager({
    workers,
    supervisor: new PoolSupervisor({ workers, tasks, dispatches, policy: POOL_POLICY, clock, logger }),
    dispatches,
    sizes: { ...(Object.fromEntries(AGENT_NAMES.map((agent) => [agent, NONE])) as PoolSizes), ...sizes },
    idleTimeoutMs: IDLE_TIMEOUT_MS,
    tenants: tenantsOf({ maxConcurrent: limits.perTenant }),
    perAgent: limits.perAgent,
    clock,
    newWorkerId: randomUUID,
    logger,
  });
}

async function create(spec: Partial<DispatchSpec> = {}): Promise<RecordIn<'PENDING'>> {
  const result = await platform.dispatches.create(creation(spec));
  if (result.outcome !== 'created' || result.record.status !== 'PENDING') throw new Error('no slot');
  return result.record;
}

async function workersIn(state: WorkerState, count: number): Promise<readonly WorkerRecord[]> {
  return vi.waitFor(async () => {
    const found = (await platform.pool.list()).filter((worker) => worker.state === state);
    expect(found).toHaveLength(count);
    return found;
  }, 10_000);
}

async function stopped(taskArn: string): Promise<void> {
  await platform.tasks.stop({ taskArn });
  await vi.waitFor(async () => {
    const [task] = await platform.tasks.describe({ taskArns: [taskArn] });
    expect(task?.state).not.toBe('RUNNING');
  }, 10_000);
}

describe('a pool', () => {
  it('is brought to its minimum, of each agent that has one, on its tier', async () => {
    const pool = manage({ claude: { min: 2, max: 2 }, grok: { min: 1, max: 1 } });
    await pool.tick();
    await workersIn('IDLE', 3);
    await pool.tick();
    const workers = await platform.pool.list();
    const kinds = workers.map(({ agent, tier }) => `${agent} ${tier}`).toSorted();
    expect(kinds).toEqual(['claude flagship', 'claude flagship', 'grok fast']);
    expect(await pool.counts()).toMatchObject({
      claude: { idle: 2, starting: 0, busy: 0 },
      grok: { idle: 1, starting: 0, busy: 0 },
      codex: { idle: 0, starting: 0, busy: 0 },
    });
  });

  it('replaces one that was taken, and gives it back to its tenant alone', async () => {
    const pool = manage({ claude: { min: 1, max: 3 } });
    await pool.tick();
    const [first] = await workersIn('IDLE', 1);
    const mine = await create();
    expect(await pool.take(mine)).toEqual({ taskArn: first!.taskArn, workerId: first!.workerId });
    expect(await pool.take(mine)).toMatchObject({ workerId: first!.workerId });
    expect(await pool.take(await create())).toBeUndefined();
    await pool.tick();
    const [second] = await workersIn('IDLE', 1);
    freeWorkerOf(local.dataDir, mine.dispatchId);
    await workersIn('IDLE', 2);
    expect(await pool.take(await create({ tenantId: 'globex' }))).toMatchObject({
      workerId: second!.workerId,
    });
    expect(await pool.take(await create({ tenantId: 'initech' }))).toBeUndefined();
    expect(await pool.take(await create())).toMatchObject({ workerId: first!.workerId });
  });

  it('gives out each worker once, however many ask at once', async () => {
    const pool = manage({ claude: { min: 2, max: 2 } });
    await pool.tick();
    await workersIn('IDLE', 2);
    const records = await Promise.all(Array.from({ length: 8 }, () => create()));
    const taken = (await Promise.all(records.map((record) => pool.take(record)))).filter(
      (worker) => worker !== undefined,
    );
    expect(new Set(taken.map(({ workerId }) => workerId)).size).toBe(2);
    expect(taken).toHaveLength(2);
  });

  it('has nothing for another agent, another tier, a persistent workspace or a later attempt', async () => {
    const pool = manage({ claude: { min: 1, max: 1 }, codex: { min: 0, max: 1 } });
    await pool.tick();
    await workersIn('IDLE', 1);
    expect(await pool.take(await create({ agent: 'codex' }))).toBeUndefined();
    expect(await pool.take(await create({ tier: 'fast' }))).toBeUndefined();
    expect(await pool.take(await create({ workspaceMode: 'persistent' }))).toBeUndefined();
    expect(await pool.take({ ...(await create()), attempt: 2 })).toBeUndefined();
    expect(await pool.take(await create())).toBeDefined();
  });

  it('is not asked for an agent that has none', async () => {
    const list = vi.spyOn(platform.pool, 'list');
    expect(await manage({}).take(await create())).toBeUndefined();
    expect(list).not.toHaveBeenCalled();
  });

  it('grows with the queue, and shrinks when its workers were idle for long', async () => {
    const limits = { perAgent: 2, perTenant: 5 };
    const pool = manage({ claude: { min: 0, max: 9 } }, limits);
    for (let count = 0; count < 6; count += 1) await platform.dispatches.create(creation({}, { limits }));
    await pool.tick();
    await workersIn('IDLE', 2);
    await pool.tick();
    expect(await platform.pool.list()).toHaveLength(2);
    for (const head of await platform.dispatches.queueHeads({ perLine: 9 })) {
      const record = (await platform.dispatches.get(head))!;
      const event = costEvent(record, 'CANCELLED');
      await platform.dispatches.move({ ...record, move: ending('CANCELLED'), event });
    }
    await pool.tick();
    expect(await workersIn('IDLE', 2)).toHaveLength(2);
    local.clock.advance(IDLE_TIMEOUT_MS + 10_000);
    await pool.tick();
    await vi.waitFor(async () => {
      await pool.tick();
      expect(await platform.pool.list()).toEqual([]);
    }, 10_000);
  });
});

describe('a worker', () => {
  it('whose task has ended is forgotten and replaced', async () => {
    const pool = manage({ claude: { min: 1, max: 1 } });
    await pool.tick();
    const [first] = await workersIn('IDLE', 1);
    await stopped(first!.taskArn!);
    await pool.tick();
    const [second] = await workersIn('IDLE', 1);
    expect(second!.workerId).not.toBe(first!.workerId);
  });

  it('that dies with a dispatch is known until that has been looked at', async () => {
    const pool = manage({ claude: { min: 1, max: 1 } });
    await pool.tick();
    await workersIn('IDLE', 1);
    const record = await create();
    const taken = (await pool.take(record))!;
    await platform.dispatches.annotate({ ...record, during: ['PENDING'], set: taken });
    await stopped(taken.taskArn);
    await pool.tick();
    expect((await platform.pool.list()).map(({ workerId }) => workerId)).toContain(taken.workerId);
    const event = costEvent(record, 'FAILED');
    await platform.dispatches.move({ ...record, move: ending('FAILED'), event });
    await pool.tick();
    expect((await platform.pool.list()).map(({ workerId }) => workerId)).not.toContain(taken.workerId);
  });

  it('that never comes on is stopped', async () => {
    platform = open({ HANG: '1' });
    const pool = manage({ claude: { min: 1, max: 1 } });
    await pool.tick();
    const [hung] = await workersIn('STARTING', 1);
    local.clock.advance(POOL_POLICY.startTimeoutMs - 1_000);
    await pool.tick();
    await workersIn('STARTING', 1);
    local.clock.advance(2_000);
    await pool.tick();
    await vi.waitFor(async () => {
      const [task] = await platform.tasks.describe({ taskArns: [hung!.taskArn!] });
      expect(task?.state).toBe('STOPPED');
    }, 10_000);
  });

  it('that ends before it was ever idle is replaced after a pause', async () => {
    platform = open({ CRASH: '1' });
    const pool = manage({ claude: { min: 1, max: 1 } });
    await pool.tick();
    const [crashed] = await platform.pool.list();
    await stopped(crashed!.taskArn!);
    await pool.tick();
    await pool.tick();
    expect(await platform.pool.list()).toEqual([]);
    local.clock.advance(5_000);
    await pool.tick();
    expect(await platform.pool.list()).toHaveLength(1);
  });

  it('that is busy long after its dispatch has ended is stopped', async () => {
    const pool = manage({ claude: { min: 1, max: 1 } });
    await pool.tick();
    await workersIn('IDLE', 1);
    const record = await create();
    const taken = (await pool.take(record))!;
    const stop = vi.spyOn(platform.tasks, 'stop');
    local.clock.advance(POOL_POLICY.wipeGraceMs * 10);
    await pool.tick();
    expect(stop).not.toHaveBeenCalled();
    const completedAt = new Date(local.clock.now()).toISOString();
    const event = costEvent(record);
    await platform.dispatches.move({ ...record, move: ending('CANCELLED', { completedAt }), event });
    local.clock.advance(POOL_POLICY.wipeGraceMs - 1);
    await pool.tick();
    expect(stop).not.toHaveBeenCalled();
    local.clock.advance(1);
    await pool.tick();
    expect(stop).toHaveBeenCalledWith({ taskArn: taken.taskArn });
  });

  it('that cannot be started is tried again after a pause, and keeps no other agent from its pool', async () => {
    const { start } = platform.pool;
    const asked: AgentName[] = [];
    vi.spyOn(platform.pool, 'start').mockImplementation(async (params) => {
      asked.push(params.agent);
      if (params.agent === 'claude') throw new Error('no capacity');
      await start(params);
    });
    const pool = manage({ claude: { min: 2, max: 2 }, grok: { min: 1, max: 1 } });
    await pool.tick();
    await pool.tick();
    expect(asked).toEqual(['claude', 'grok']);
    local.clock.advance(5_000);
    await pool.tick();
    expect(asked).toEqual(['claude', 'grok', 'claude']);
    await workersIn('IDLE', 1);
  });
});

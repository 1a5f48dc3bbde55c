import type { DispatchRecord, DispatchSpec } from '@outpost/contracts';
import type { ControlPlatform } from '@outpost/platform';
import {
  CLAIMED,
  createTemporaryLocalPlatform,
  creation,
  type TemporaryLocalPlatform,
} from '@outpost/platform/testing';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createServices, REAP_POLICY } from '../compose.js';
import { readConfig } from '../config.js';
import type { Services } from './index.js';

/** Leaves a line in $STARTS, then lives until it is asked to end, and never takes its dispatch. */
const IDLE_WORKER = [
  process.execPath,
  '-e',
  'require("fs").appendFileSync(process.env.STARTS, "x\\n"); setInterval(() => {}, 1000)',
];
const LIMITS = { perAgent: 5, perTenant: 10 };

let local: TemporaryLocalPlatform;
let platform: ControlPlatform;
let services: Services;
let started: Set<string>;

beforeEach(async () => {
  local = await createTemporaryLocalPlatform();
  const env = { STARTS: startsFile() };
  platform = local.open({ worker: { command: IDLE_WORKER, env, stopGraceMs: 100 } });
  started = new Set();
  const { launch } = platform.tasks;
  vi.spyOn(platform.tasks, 'launch').mockImplementation(async (params) => {
    const { taskArn } = await launch(params);
    started.add(taskArn);
    return { taskArn };
  });
  services = servicesOn(platform);
});
afterEach(async () => {
  for (const taskArn of started) await stopped(taskArn);
  await local.cleanup();
});

function servicesOn(ports: ControlPlatform): Services {
  return createServices({
    config: readConfig({ OUTPOST_DATA_DIR: local.dataDir }),
    platform: ports,
    logger: pino({ level: 'silent' }),
    shutdown: new AbortController().signal,
    clock: local.clock,
  });
}

async function create(spec: Partial<DispatchSpec> = {}): Promise<DispatchRecord> {
  const result = await platform.dispatches.create(creation(spec, { limits: LIMITS }));
  if (result.outcome !== 'created') throw new Error(result.outcome);
  return result.record;
}

async function claimed(spec: Partial<DispatchSpec> = {}): Promise<DispatchRecord> {
  const record = await create(spec);
  const result = await platform.dispatches.move({ ...record, move: CLAIMED });
  if (result.outcome !== 'moved') throw new Error(result.outcome);
  return result.record;
}

async function read(record: DispatchRecord): Promise<DispatchRecord> {
  return (await platform.dispatches.get(record))!;
}

async function stopped(taskArn: string): Promise<void> {
  await platform.tasks.stop({ taskArn });
  await vi.waitFor(async () => {
    const [task] = await platform.tasks.describe({ taskArns: [taskArn] });
    expect(task?.state).toBe('STOPPED');
  });
}

function startsFile(): string {
  return join(local.dataDir, 'starts');
}

function starts(): number {
  return existsSync(startsFile()) ? readFileSync(startsFile(), 'utf8').length / 2 : 0;
}

function published(): { eventId: string; status: string }[] {
  const file = join(local.dataDir, 'events.jsonl');
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, 'utf8').split('\n').filter(Boolean);
  return lines.map((line) => JSON.parse(line) as { eventId: string; status: string });
}

describe('a dispatch whose instance died before it was launched', () => {
  it('is launched once its launch is overdue, and only once', async () => {
    const record = await create();
    await services.reconciler.tick();
    expect(await read(record)).not.toHaveProperty('taskArn');
    local.clock.advance(REAP_POLICY.launchGraceMs);
    await Promise.all([services.reconciler.tick(), servicesOn(platform).reconciler.tick()]);
    expect(await read(record)).toMatchObject({ status: 'PENDING', taskArn: expect.any(String), launches: 0 });
    await vi.waitFor(() => expect(starts()).toBeGreaterThan(0));
    await stopped([...started][0]!);
    expect(starts()).toBe(1);
  });

  it('is launched again when its worker ended without taking it, and fails after the last launch', async () => {
    const record = await create();
    for (let launch = 1; launch <= REAP_POLICY.maxLaunches; launch += 1) {
      local.clock.advance(REAP_POLICY.launchGraceMs);
      await services.reconciler.tick();
      expect(started.size).toBe(launch);
      await stopped([...started].at(-1)!);
    }
    await services.reconciler.tick();
    expect(await read(record)).toMatchObject({ status: 'FAILED', failure: { class: 'launch_failed' } });
    expect(published()).toMatchObject([{ eventId: record.dispatchId, status: 'FAILED' }]);
  });
});

describe('a running dispatch', () => {
  it('fails when its worker is gone; its cost is known by its time, and told once', async () => {
    const record = await claimed();
    local.clock.advance(60_000);
    await services.reconciler.tick();
    await services.reconciler.tick();
    expect(await read(record)).toMatchObject({
      status: 'FAILED',
      failure: { class: 'worker_lost', retryable: true },
      cost: { basis: 'unknown', compute: expect.any(Number) },
    });
    expect(published()).toHaveLength(1);
    expect((await platform.dispatches.slotUsage({ tenantIds: ['acme'] })).byTenant).toEqual({});
  });

  it('is cancelled when its worker is gone after a cancellation', async () => {
    const record = await claimed();
    await services.dispatcher.cancel(record);
    local.clock.advance(REAP_POLICY.heartbeatTimeoutMs);
    await services.reconciler.tick();
    expect(await read(record)).toMatchObject({ status: 'CANCELLED', failure: { class: 'cancelled' } });
  });

  it('is stopped past its deadline, and ends as a time-out though its worker never answers', async () => {
    const record = await create({ timeoutSeconds: 30 });
    local.clock.advance(REAP_POLICY.launchGraceMs);
    await services.reconciler.tick();
    await platform.dispatches.move({ ...record, move: { ...CLAIMED, taskArn: [...started][0]! } });
    const stop = vi.spyOn(platform.tasks, 'stop').mockResolvedValue();
    local.clock.advance(30_000 + REAP_POLICY.overheadMs + REAP_POLICY.heartbeatTimeoutMs);
    await services.reconciler.tick();
    expect(stop).toHaveBeenCalledWith({ taskArn: [...started][0] });
    stop.mockRestore();
    expect(await read(record)).toMatchObject({ status: 'TIMEOUT', failure: { class: 'timed_out' } });
  });
});

describe('a round', () => {
  it('starts what waits as soon as a slot is free', async () => {
    const running = await Promise.all(Array.from({ length: LIMITS.perAgent }, () => claimed()));
    const waiting = await create();
    expect(waiting.status).toBe('QUEUED');
    local.clock.advance(REAP_POLICY.heartbeatTimeoutMs);
    await services.reconciler.tick();
    await services.launcher.settled();
    expect(await read(waiting)).toMatchObject({ status: 'PENDING', taskArn: expect.any(String) });
    expect((await read(running[0]!)).status).toBe('FAILED');
  });

  it('goes on when one of its steps fails, and makes up for it later', async () => {
    const record = await claimed();
    local.clock.advance(REAP_POLICY.heartbeatTimeoutMs);
    const broken = vi.spyOn(platform.events, 'publish').mockRejectedValue(new Error('the bus is down'));
    await services.reconciler.tick();
    expect((await read(record)).status).toBe('FAILED');
    expect(published()).toEqual([]);
    broken.mockRestore();
    await services.reconciler.tick();
    expect(published()).toEqual([]);
    local.clock.advance(60_000);
    await services.reconciler.tick();
    expect(published()).toHaveLength(1);
  });

  it('deletes data that belongs to nobody, and expired workspaces, but nothing that is in use', async () => {
    const { tenantId, workspaceId } = await create();
    const inUse = { tenantId, workspaceId };
    const left = { tenantId, workspaceId: '00000000-0000-4000-8000-000000000001' };
    const expired = { tenantId, workspaceId: '00000000-0000-4000-8000-000000000002' };
    const kept = { tenantId, workspaceId: '00000000-0000-4000-8000-000000000003' };
    const at = (offsetMs: number): string => new Date(local.clock.now() + offsetMs).toISOString();
    const times = { createdAt: at(-2), lastUsedAt: at(-2) };
    await platform.workspaces.put({ ...expired, ...times, expiresAt: at(-1) });
    await platform.workspaces.put({ ...kept, ...times, expiresAt: at(60_000) });
    const { mounts } = local.openWorker();
    for (const key of [inUse, left, expired, kept]) await mounts.mount(key);
    await services.reconciler.tick();
    const ids = (await platform.volumes.list()).map((key) => key.workspaceId);
    expect(ids.toSorted()).toEqual([inUse.workspaceId, kept.workspaceId].toSorted());
    expect(await platform.workspaces.get(expired)).toBeUndefined();
  });
});

import { costOf, LIMITS } from '@outpost/contracts';
import { CLAIMED } from '@outpost/platform/testing';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { REAP_POLICY } from '../compose.js';
import { FLEET_LIMITS, LaunchingFleet } from '../testing/launching-fleet.js';

let fleet: LaunchingFleet;

beforeEach(async () => {
  fleet = await LaunchingFleet.open();
});
afterEach(async () => fleet.close());

describe('a dispatch whose instance died before it was launched', () => {
  it('is launched once its launch is overdue, and only once', async () => {
    const record = await fleet.create();
    await fleet.services.reconciler.tick();
    expect(await fleet.read(record)).not.toHaveProperty('taskArn');
    fleet.local.clock.advance(REAP_POLICY.launchGraceMs);
    // Each of the two believes that it holds the lease, as after a long pause.
    vi.spyOn(fleet.platform.leases, 'acquire').mockResolvedValue(true);
    await Promise.all([fleet.services.reconciler.tick(), fleet.openServices().reconciler.tick()]);
    expect(await fleet.read(record)).toMatchObject({
      status: 'PENDING',
      taskArn: expect.any(String),
      attempt: 1,
    });
    await vi.waitFor(() => expect(fleet.starts()).toBeGreaterThan(0));
    await fleet.stopped([...fleet.started][0]!);
    expect(fleet.starts()).toBe(1);
  });

  it('is tried again when its worker ended without taking it, and fails after the last attempt', async () => {
    const record = await fleet.create();
    const last = LIMITS.startRetriesMax + 1;
    for (let attempt = 1; attempt <= last; attempt += 1) {
      fleet.local.clock.advance(REAP_POLICY.launchGraceMs + attempt * REAP_POLICY.relaunchBackoffMs);
      await fleet.services.reconciler.tick();
      expect(await fleet.read(record)).toMatchObject({
        status: 'PENDING',
        attempt,
        taskArn: [...fleet.started].at(-1),
      });
      expect(fleet.started.size).toBe(attempt);
      await fleet.stopped([...fleet.started].at(-1)!);
      await fleet.services.reconciler.tick();
    }
    expect(await fleet.read(record)).toMatchObject({
      status: 'FAILED',
      attempt: last,
      attempts: [{ attempt: 1, failure: { class: 'launch_failed' } }, { attempt: 2 }, { attempt: 3 }],
      failure: { class: 'launch_failed' },
      timings: { launch: expect.any(Number) },
    });
    expect(fleet.published()).toMatchObject([{ eventId: record.dispatchId, status: 'FAILED' }]);
    expect((await fleet.platform.dispatches.slotUsage({ tenantIds: ['acme'] })).byTenant).toEqual({});
  });

  it('waits before each attempt, longer each time', async () => {
    const record = await fleet.create();
    vi.spyOn(fleet.platform.tasks, 'describe').mockImplementation(async ({ taskArns }) =>
      taskArns.map((taskArn) => ({ taskArn, state: 'STOPPED' })),
    );
    fleet.local.clock.advance(REAP_POLICY.launchGraceMs);
    await fleet.services.reconciler.tick();
    for (const attempt of [2, 3]) {
      await fleet.services.reconciler.tick();
      expect(await fleet.read(record)).toMatchObject({ attempt, pendingAt: expect.any(String) });
      fleet.local.clock.advance((attempt - 1) * REAP_POLICY.relaunchBackoffMs - 1);
      await fleet.services.reconciler.tick();
      expect(await fleet.read(record)).not.toHaveProperty('taskArn');
      fleet.local.clock.advance(1);
      await fleet.services.reconciler.tick();
      expect(await fleet.read(record)).toMatchObject({
        attempt,
        taskArn: expect.stringContaining(`-${attempt}`),
      });
    }
  });

  it('fails at once when its image cannot be pulled: that will not change by itself', async () => {
    const record = await fleet.create();
    vi.spyOn(fleet.platform.tasks, 'describe').mockImplementation(async ({ taskArns }) =>
      taskArns.map((taskArn) => ({ taskArn, state: 'STOPPED', stopCause: 'image_unavailable' })),
    );
    fleet.local.clock.advance(REAP_POLICY.launchGraceMs);
    await fleet.services.reconciler.tick();
    await fleet.services.reconciler.tick();
    expect(await fleet.read(record)).toMatchObject({
      status: 'FAILED',
      attempt: 1,
      failure: { class: 'image_unavailable' },
    });
  });

  it('is taken from a warm worker that does not take it, and given one of its own', async () => {
    const record = await fleet.create();
    const warm = { taskArn: 'task/warm', workerId: '00000000-0000-4000-8000-000000000001' };
    await fleet.platform.dispatches.annotate({ ...record, during: ['PENDING'], set: warm });
    const { describe: describeTasks } = fleet.platform.tasks;
    vi.spyOn(fleet.platform.tasks, 'describe').mockImplementation(async ({ taskArns }) =>
      (await describeTasks({ taskArns })).map((task) =>
        task.taskArn === warm.taskArn ? { ...task, state: 'RUNNING' } : task,
      ),
    );
    const stop = vi.spyOn(fleet.platform.tasks, 'stop');
    fleet.local.clock.advance(REAP_POLICY.assignTimeoutMs);
    await fleet.services.reconciler.tick();
    expect(stop).toHaveBeenCalledWith({ taskArn: warm.taskArn });
    fleet.local.clock.advance(REAP_POLICY.relaunchBackoffMs);
    await fleet.services.reconciler.tick();
    const again = await fleet.read(record);
    expect(again).toMatchObject({ status: 'PENDING', attempt: 2, attempts: [{ taskArn: warm.taskArn }] });
    expect(again).toMatchObject({ taskArn: [...fleet.started][0] });
    expect(again).not.toHaveProperty('workerId');
  });
});

describe('a running dispatch', () => {
  it('fails when its worker is gone; its cost is known by its time, and told once', async () => {
    const record = await fleet.claimed();
    fleet.local.clock.advance(60_000);
    await fleet.services.reconciler.tick();
    await fleet.services.reconciler.tick();
    expect(await fleet.read(record)).toMatchObject({
      status: 'FAILED',
      failure: { class: 'worker_lost', retryable: true },
      cost: { basis: 'unknown', compute: expect.any(Number) },
      timings: { queue: 0, launch: 0, claim: 60_000 },
    });
    expect(fleet.published()).toHaveLength(1);
    expect((await fleet.platform.dispatches.slotUsage({ tenantIds: ['acme'] })).byTenant).toEqual({});
  });

  it('that ran out of memory is tried once more, on the next tier, and pays for both', async () => {
    const record = await fleet.claimed({ agent: 'grok', tier: 'fast' });
    vi.spyOn(fleet.platform.tasks, 'describe').mockImplementation(async ({ taskArns }) =>
      taskArns.map((taskArn) => ({ taskArn, state: 'STOPPED', exitCode: 137, stopCause: 'out_of_memory' })),
    );
    fleet.local.clock.advance(60_000);
    await fleet.services.reconciler.tick();
    expect(await fleet.read(record)).toMatchObject({
      status: 'PENDING',
      tier: 'balanced',
      attempt: 2,
      attempts: [{ attempt: 1, tier: 'fast', failure: { class: 'out_of_memory' } }],
    });
    expect((await fleet.platform.dispatches.slotUsage({ tenantIds: ['acme'] })).byTenant).toEqual({
      acme: 1,
    });
    const startedAt = new Date(fleet.local.clock.now()).toISOString();
    await fleet.platform.dispatches.move({
      ...record,
      move: { ...CLAIMED, startedAt, heartbeatAt: startedAt },
    });
    fleet.local.clock.advance(60_000);
    await fleet.services.reconciler.tick();
    const ended = await fleet.read(record);
    expect(ended).toMatchObject({ status: 'FAILED', attempt: 2, failure: { class: 'out_of_memory' } });
    const cost = (tier: 'fast' | 'balanced') =>
      costOf({ modelId: 'm', tier, durationMs: 60_000, usage: undefined, reportedCostUsd: undefined })
        .compute;
    expect('cost' in ended && ended.cost?.compute).toBeCloseTo(cost('fast') + cost('balanced'), 5);
  });

  it('is cancelled when its worker is gone after a cancellation', async () => {
    const record = await fleet.claimed();
    await fleet.services.dispatcher.cancel(record);
    fleet.local.clock.advance(REAP_POLICY.heartbeatTimeoutMs);
    await fleet.services.reconciler.tick();
    expect(await fleet.read(record)).toMatchObject({ status: 'CANCELLED', failure: { class: 'cancelled' } });
  });

  it('is stopped past its deadline, and ends as a time-out though its worker never answers', async () => {
    const record = await fleet.create({ timeoutSeconds: 30 });
    fleet.local.clock.advance(REAP_POLICY.launchGraceMs);
    await fleet.services.reconciler.tick();
    await fleet.platform.dispatches.move({
      ...record,
      move: { ...CLAIMED, taskArn: [...fleet.started][0]! },
    });
    const stop = vi.spyOn(fleet.platform.tasks, 'stop').mockResolvedValue();
    fleet.local.clock.advance(30_000 + REAP_POLICY.overheadMs + REAP_POLICY.heartbeatTimeoutMs);
    await fleet.services.reconciler.tick();
    expect(stop).toHaveBeenCalledWith({ taskArn: [...fleet.started][0] });
    stop.mockRestore();
    expect(await fleet.read(record)).toMatchObject({ status: 'TIMEOUT', failure: { class: 'timed_out' } });
  });
});

describe('a round', () => {
  it('starts what waits as soon as a slot is free', async () => {
    const running = await Promise.all(Array.from({ length: FLEET_LIMITS.perAgent }, () => fleet.claimed()));
    const waiting = await fleet.create();
    expect(waiting.status).toBe('QUEUED');
    fleet.local.clock.advance(REAP_POLICY.heartbeatTimeoutMs);
    await fleet.services.reconciler.tick();
    await fleet.services.launcher.settled();
    expect(await fleet.read(waiting)).toMatchObject({ status: 'PENDING', taskArn: expect.any(String) });
    expect((await fleet.read(running[0]!)).status).toBe('FAILED');
  });

  it('goes on when one of its steps fails, and makes up for it later', async () => {
    const record = await fleet.claimed();
    fleet.local.clock.advance(REAP_POLICY.heartbeatTimeoutMs);
    const broken = vi.spyOn(fleet.platform.events, 'publish').mockRejectedValue(new Error('the bus is down'));
    await fleet.services.reconciler.tick();
    expect((await fleet.read(record)).status).toBe('FAILED');
    expect(fleet.published()).toEqual([]);
    broken.mockRestore();
    await fleet.services.reconciler.tick();
    expect(fleet.published()).toEqual([]);
    fleet.local.clock.advance(60_000);
    await fleet.services.reconciler.tick();
    expect(fleet.published()).toHaveLength(1);
  });
});

describe('of several instances', () => {
  it('one reaps, all serve the queue, and another takes over when that one is gone', async () => {
    const other = fleet.openServices();
    await fleet.services.reconciler.tick();
    const record = await fleet.claimed();
    fleet.local.clock.advance(1_000);
    await fleet.services.reconciler.tick();
    fleet.local.clock.advance(REAP_POLICY.heartbeatTimeoutMs - 1_000);
    const admitted = vi.spyOn(fleet.platform.dispatches, 'slotUsage');
    await fleet.services.reconciler.release();
    const third = fleet.openServices();
    await third.reconciler.tick();
    expect((await fleet.read(record)).status).toBe('FAILED');
    const listed = vi.spyOn(fleet.platform.dispatches, 'listByStatus');
    admitted.mockClear();
    await other.reconciler.tick();
    expect(listed).not.toHaveBeenCalled();
    expect(admitted).toHaveBeenCalled();
    fleet.local.clock.advance(5_000);
    await other.reconciler.tick();
    expect(listed).toHaveBeenCalled();
  });

  it('none does what one should when the lease cannot be had, but the queue is served', async () => {
    const { leases, dispatches, outbox, pool, tasks } = fleet.platform;
    vi.spyOn(leases, 'acquire').mockRejectedValue(new Error('the store is down'));
    const forOne = [
      vi.spyOn(dispatches, 'listByStatus'),
      vi.spyOn(outbox, 'due'),
      vi.spyOn(pool, 'list'),
      vi.spyOn(tasks, 'listLive'),
    ];
    const admitted = vi.spyOn(dispatches, 'slotUsage');
    await fleet.services.reconciler.tick();
    for (const call of forOne) expect(call).not.toHaveBeenCalled();
    expect(admitted).toHaveBeenCalled();
    vi.mocked(leases.acquire).mockResolvedValue(true);
    await fleet.services.reconciler.tick();
    for (const call of forOne) expect(call).toHaveBeenCalled();
  });
});

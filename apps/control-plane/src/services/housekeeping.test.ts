import { LIMITS } from '@outpost/contracts';
import { costEvent, ending } from '@outpost/platform/testing';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { REAP_POLICY } from '../compose.js';
import { LaunchingFleet } from '../testing/launching-fleet.js';

let fleet: LaunchingFleet;

beforeEach(async () => {
  fleet = await LaunchingFleet.open();
});
afterEach(async () => fleet.close());

describe('housekeeping', () => {
  it('deletes data that belongs to nobody, and expired workspaces, but nothing that is in use', async () => {
    const { tenantId, workspaceId } = await fleet.create();
    const inUse = { tenantId, workspaceId };
    const left = { tenantId, workspaceId: '00000000-0000-4000-8000-000000000001' };
    const expired = { tenantId, workspaceId: '00000000-0000-4000-8000-000000000002' };
    const kept = { tenantId, workspaceId: '00000000-0000-4000-8000-000000000003' };
    const at = (offsetMs: number): string => new Date(fleet.local.clock.now() + offsetMs).toISOString();
    const times = { createdAt: at(-2), lastUsedAt: at(-2) };
    await fleet.platform.workspaces.put({ ...expired, ...times, expiresAt: at(-1) });
    await fleet.platform.workspaces.put({ ...kept, ...times, expiresAt: at(60_000) });
    const { mounts } = fleet.local.openWorker();
    for (const key of [inUse, left, expired, kept]) await mounts.mount(key);
    await fleet.services.reconciler.tick();
    const ids = (await fleet.platform.volumes.list()).map((key) => key.workspaceId);
    expect(ids.toSorted()).toEqual([inUse.workspaceId, kept.workspaceId].toSorted());
    expect(await fleet.platform.workspaces.get(expired)).toMatchObject({ deletedAt: at(0) });
    fleet.local.clock.advance(LIMITS.workspaceDeletionHours * 3_600_000);
    await fleet.services.reconciler.tick();
    expect(await fleet.platform.workspaces.get(expired)).toMatchObject({ deletedAt: expect.any(String) });
    fleet.local.clock.advance(60_000);
    await fleet.services.reconciler.tick();
    expect(await fleet.platform.workspaces.get(expired)).toBeUndefined();
  });

  it('leaves an expired workspace to the dispatch that waits for it', async () => {
    const at = new Date(fleet.local.clock.now() - 1).toISOString();
    const { tenantId, workspaceId } = await fleet.create({ workspaceMode: 'persistent' });
    const workspace = { tenantId, workspaceId, createdAt: at, lastUsedAt: at, expiresAt: at };
    await fleet.platform.workspaces.put(workspace);
    await fleet.local.openWorker().mounts.mount({ tenantId, workspaceId });
    await fleet.services.reconciler.tick();
    expect(await fleet.platform.workspaces.get(workspace)).toEqual(workspace);
    expect(await fleet.platform.volumes.list()).toHaveLength(1);
  });

  it('finishes a deletion that was broken off', async () => {
    const at = new Date(fleet.local.clock.now()).toISOString();
    const expiresAt = new Date(fleet.local.clock.now() + 60_000).toISOString();
    const key = { tenantId: 'acme', workspaceId: '00000000-0000-4000-8000-000000000004' };
    await fleet.platform.workspaces.put({ ...key, createdAt: at, lastUsedAt: at, expiresAt });
    await fleet.local.openWorker().mounts.mount(key);
    // As far as it was durable when the process ended.
    await fleet.platform.workspaces.retire({ ...key, at });
    fleet.local.clock.advance(1);
    await fleet.services.reconciler.tick();
    expect(await fleet.platform.volumes.list()).toEqual([]);
  });

  it('leaves the workspace of an ended dispatch to the task that still collects from it', async () => {
    const record = await fleet.create();
    const { tenantId, dispatchId, workspaceId } = record;
    await fleet.local.openWorker().mounts.mount({ tenantId, workspaceId });
    await fleet.platform.dispatches.move({ ...record, move: ending('CANCELLED') });
    const task = { taskArn: 'outpost:local:task/1', tenantId, dispatchId, launchedAt: record.createdAt };
    const listLive = vi.spyOn(fleet.platform.tasks, 'listLive').mockResolvedValue([task]);
    await fleet.services.reconciler.tick();
    expect(await fleet.platform.volumes.list()).toHaveLength(1);
    listLive.mockResolvedValue([]);
    fleet.local.clock.advance(60_000);
    await fleet.services.reconciler.tick();
    expect(await fleet.platform.volumes.list()).toEqual([]);
  });

  it('stops tasks that work for nobody, and no others', async () => {
    const [gone, ended, alive] = [await fleet.create(), await fleet.create(), await fleet.create()];
    fleet.local.clock.advance(REAP_POLICY.launchGraceMs);
    await fleet.services.reconciler.tick();
    const event = costEvent(ended, 'CANCELLED');
    await fleet.platform.dispatches.move({ ...ended, move: ending('CANCELLED'), event });
    vi.spyOn(fleet.platform.dispatches, 'get').mockImplementation(async (key) => {
      const { dispatches } = fleet.local.open();
      return key.dispatchId === gone.dispatchId ? undefined : dispatches.get(key);
    });
    const stop = vi.spyOn(fleet.platform.tasks, 'stop');
    fleet.local.clock.advance(60_000);
    await fleet.services.reconciler.tick();
    expect(stop).not.toHaveBeenCalled();
    fleet.local.clock.advance(60_000);
    await fleet.services.reconciler.tick();
    const asked = stop.mock.calls.map(([{ taskArn }]) => taskArn);
    expect(asked.toSorted()).toEqual(
      [gone, ended].map(({ dispatchId }) => `outpost:local:task/${dispatchId}`).toSorted(),
    );
    expect(alive.status).toBe('PENDING');
  });

  it('deletes dispatches past their time, with all that they left', async () => {
    const ttl = Math.floor(fleet.local.clock.now() / 1_000) + 60;
    const [expired, kept, running] = [
      await fleet.claimed({ ttl }),
      await fleet.claimed(),
      await fleet.claimed({ ttl }),
    ];
    const { artifacts, logs } = fleet.local.openWorker();
    for (const record of [expired, kept]) {
      await artifacts.put({ ...record, name: 'output.log', body: { text: 'it ran' } });
      await logs.append({ ...record, lines: [{ at: record.createdAt, kind: 'text', text: 'it ran' }] });
      await fleet.platform.dispatches.move({
        ...record,
        move: ending('COMPLETED'),
        event: costEvent(record),
      });
    }
    await fleet.services.reconciler.tick();
    expect(await fleet.read(expired)).toBeDefined();
    fleet.local.clock.advance(61_000);
    await fleet.platform.dispatches.annotate({
      ...running,
      during: ['RUNNING'],
      set: { heartbeatAt: new Date(fleet.local.clock.now()).toISOString() },
    });
    await fleet.services.reconciler.tick();
    expect(await fleet.read(expired)).toBeUndefined();
    expect(await fleet.platform.artifacts.list(expired)).toEqual([]);
    expect(await fleet.platform.logs.tail({ ...expired, limit: 10, hasEnded: true })).toEqual([]);
    expect((await fleet.read(kept)).status).toBe('COMPLETED');
    expect(await fleet.platform.artifacts.list(kept)).toHaveLength(1);
    expect((await fleet.read(running)).status).toBe('RUNNING');
  });
});

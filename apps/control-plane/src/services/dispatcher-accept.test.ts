import { LIMITS } from '@outpost/contracts';
import { TEST_AT } from '@outpost/platform/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  bytesOf,
  DispatchDesk,
  FULL,
  PRINCIPAL,
  refusalOf,
  REQUEST,
  ROOMY,
} from '../testing/dispatch-desk.js';

let desk: DispatchDesk;
beforeEach(async () => {
  desk = await DispatchDesk.open();
});
afterEach(async () => desk.close());

describe('a dispatch that is accepted', () => {
  it('is launched when it has its slots', async () => {
    const { record, isReplay } = await desk.create();
    expect(isReplay).toBe(false);
    expect(record).toMatchObject({ status: 'PENDING', attempt: 1, pendingAt: record.createdAt });
    expect(desk.launchSoon.mock.calls.map(([{ dispatchId }]) => dispatchId)).toEqual([record.dispatchId]);
    expect(desk.poke).not.toHaveBeenCalled();
  });

  it('wakes the scheduler when it has to wait', async () => {
    expect((await desk.create({}, undefined, FULL)).record.status).toBe('QUEUED');
    expect(desk.launchSoon).not.toHaveBeenCalled();
    expect(desk.poke).toHaveBeenCalledOnce();
  });
});

describe('a request that comes again with its Idempotency-Key', () => {
  it.each([
    ['PENDING', ROOMY],
    ['QUEUED', FULL],
  ])('is answered as at first, %s, whatever has come of the dispatch', async (status, limits) => {
    const first = await desk.create({ tier: 'fast' }, 'key-1', limits);
    expect(first.record.status).toBe(status);
    const again = async () => {
      desk.local.clock.advance(1_000);
      const answer = await desk.create({ tier: 'fast' }, 'key-1');
      expect(answer.isReplay).toBe(true);
      expect(bytesOf(answer)).toBe(bytesOf(first));
    };
    await again();
    await desk.platform.dispatches.admit({ ...first.record, at: TEST_AT, limits: ROOMY });
    await again();
    expect(await desk.relaunch(first.record)).toMatchObject({ tier: 'flagship', attempt: 2 });
    await again();
    await desk.end(first.record, 'COMPLETED');
    await again();
    expect(desk.launchSoon.mock.calls.length + desk.poke.mock.calls.length).toBe(1);
    expect(await desk.runs()).toHaveLength(1);
  });

  it('is answered though the repository is gone by now, and the agent cannot be had', async () => {
    const first = await desk.create({ repo: 'octocat/hello' }, 'key-1');
    desk.branches = {};
    desk.availability.mockResolvedValue({ available: false, reason: 'not installed' });
    expect(bytesOf(await desk.create({ repo: 'octocat/hello' }, 'key-1'))).toBe(bytesOf(first));
  });

  it('makes one dispatch and one workspace, however many come at once', async () => {
    const again = () => desk.create({ workspaceMode: 'persistent' }, 'key-1');
    const answers = await Promise.all(Array.from({ length: 50 }, again));
    expect(new Set(answers.map(bytesOf)).size).toBe(1);
    expect(answers.filter(({ isReplay }) => !isReplay)).toHaveLength(1);
    expect(await desk.runs()).toHaveLength(1);
    expect(desk.launchSoon).toHaveBeenCalledOnce();
    const farFuture = '2999-01-01T00:00:00.000Z';
    const kept = await desk.platform.workspaces.listExpired({ now: farFuture });
    expect(kept.map(({ workspaceId }) => workspaceId)).toEqual([answers[0]!.record.workspaceId]);
  });

  it('is the same request in whatever order its fields and tags are', async () => {
    const first = await desk.create({ userId: 'ada' }, 'key-1');
    const turned = Object.fromEntries(Object.entries({ ...REQUEST, userId: 'ada' }).toReversed());
    const tags = Object.fromEntries(Object.entries(REQUEST.tags!).toReversed());
    expect(bytesOf(await desk.create({ ...turned, tags }, 'key-1'))).toBe(bytesOf(first));
  });

  it('is a conflict with another body', async () => {
    const { record } = await desk.create({}, 'key-1');
    const error = await refusalOf(desk.create({ userId: 'eve' }, 'key-1'));
    expect(error.code).toBe('CONFLICT');
    expect(error.message).toContain(record.dispatchId);
  });

  it('is a new one after a day', async () => {
    const first = await desk.create({}, 'key-1');
    desk.local.clock.advance(LIMITS.idempotencyKeyHours * 3_600_000 - 1_000);
    expect((await desk.create({}, 'key-1')).record.dispatchId).toBe(first.record.dispatchId);
    desk.local.clock.advance(1_000);
    const second = await desk.create({}, 'key-1');
    expect(second.isReplay).toBe(false);
    expect(second.record.dispatchId).not.toBe(first.record.dispatchId);
  });

  it('is nothing to other tenants', async () => {
    await desk.create({}, 'key-1');
    const other = { ...PRINCIPAL, tenantId: 'globex' };
    expect(
      await desk.dispatcher().create({ principal: other, request: REQUEST, idempotencyKey: 'key-1' }),
    ).toMatchObject({ isReplay: false });
  });
});

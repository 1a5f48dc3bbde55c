import { newDispatchId } from '@outpost/platform/testing';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { DispatchDesk, FULL, refusalOf } from '../testing/dispatch-desk.js';

let desk: DispatchDesk;
beforeEach(async () => {
  desk = await DispatchDesk.open();
});
afterEach(async () => desk.close());

describe('a cancellation', () => {
  it('ends what waits at once, with its timings, and makes way for the next', async () => {
    const { record } = await desk.create({}, undefined, FULL);
    desk.poke.mockClear();
    const publish = vi.spyOn(desk.platform.events, 'publish');
    desk.local.clock.advance(3_000);
    expect(await desk.cancel(record)).toMatchObject({
      status: 'CANCELLED',
      failure: { class: 'cancelled' },
      timings: { queue: 3_000 },
    });
    expect(desk.poke).toHaveBeenCalledOnce();
    const { dispatchId: eventId } = record;
    expect(publish.mock.calls).toEqual([
      [expect.objectContaining({ type: 'dispatch.cancelled', dispatchId: eventId })],
      [expect.objectContaining({ eventId, status: 'CANCELLED' })],
    ]);
  });

  it('ends what no worker has taken yet, and tells the worker that was started for it', async () => {
    const { record } = await desk.create();
    const { tenantId, dispatchId } = record;
    const set = { taskArn: 'task/1' };
    await desk.platform.dispatches.annotate({ tenantId, dispatchId, during: ['PENDING'], set });
    expect(await desk.cancel(record)).toMatchObject({
      status: 'CANCELLED',
      timings: { queue: 0, launch: 0 },
    });
    expect(desk.stopCancelled).toHaveBeenCalledWith(expect.objectContaining(set));
    expect(desk.poke).toHaveBeenCalledOnce();
  });

  it('costs the time of the attempts before it', async () => {
    const { record } = await desk.create();
    await desk.relaunch(record);
    const cancelled = await desk.cancel(record);
    expect(cancelled).toMatchObject({ status: 'CANCELLED', attempt: 2, attempts: [{ attempt: 1 }] });
    expect('cost' in cancelled && cancelled.cost!.compute).toBeGreaterThan(0);
  });

  it('is of the attempt that stands when it is written', async () => {
    const { record } = await desk.create({ tier: 'fast' });
    const { dispatches } = desk.platform;
    const { move } = { ...dispatches };
    const publish = vi.spyOn(desk.platform.events, 'publish');
    vi.spyOn(dispatches, 'move').mockImplementationOnce(async (params) => {
      vi.mocked(dispatches.move).mockRestore();
      await desk.relaunch(record);
      return move(params);
    });
    expect(await desk.cancel(record)).toMatchObject({ status: 'CANCELLED', attempt: 2, cost: {} });
    expect(publish.mock.calls.map(([event]) => event)).toMatchObject([
      { type: 'dispatch.cancelled', tier: 'flagship', attempt: 2 },
      { type: 'dispatch.cost', tier: 'flagship' },
    ]);
  });

  it('is asked of a worker that has it, once, and the worker is told each time', async () => {
    const { record } = await desk.create();
    await desk.claim(record);
    const cancelRequestedAt = new Date(desk.local.clock.now()).toISOString();
    expect(await desk.cancel(record)).toMatchObject({ status: 'RUNNING', cancelRequestedAt });
    desk.local.clock.advance(1_000);
    expect(await desk.cancel(record)).toMatchObject({ status: 'RUNNING', cancelRequestedAt });
    expect(desk.stopCancelled).toHaveBeenCalledTimes(2);
    expect(desk.poke).not.toHaveBeenCalled();
  });

  it('finds a dispatch that moves on meanwhile, from worker to worker', async () => {
    const { record } = await desk.create();
    const { dispatches } = desk.platform;
    const { move, annotate } = { ...dispatches };
    // Each write comes a moment too late.
    vi.spyOn(dispatches, 'move').mockImplementationOnce(async (params) => {
      await desk.claim(record);
      return move(params);
    });
    vi.spyOn(dispatches, 'annotate').mockImplementationOnce(async (params) => {
      await desk.relaunch(record);
      return annotate(params);
    });
    expect(await desk.cancel(record)).toMatchObject({ status: 'CANCELLED', attempt: 2 });
  });

  it('of one that was cancelled is that one; of one that ended otherwise, 409', async () => {
    const { record: first } = await desk.create();
    const cancelled = await desk.cancel(first);
    expect(await desk.cancel(first)).toEqual(cancelled);
    const { record: second } = await desk.create();
    await desk.end(second, 'COMPLETED');
    const error = await refusalOf(desk.cancel(second));
    expect([error.code, error.message]).toEqual([
      'CONFLICT',
      `Dispatch ${second.dispatchId} has already ended: COMPLETED.`,
    ]);
    expect((await refusalOf(desk.cancel({ ...first, dispatchId: newDispatchId() }))).code).toBe('NOT_FOUND');
  });
});

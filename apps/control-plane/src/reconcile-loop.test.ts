import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { ReconcileLoop } from './reconcile-loop.js';
import type { Reconciler } from './services/reconciler.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const start = () => {
  const tick = vi.fn<Reconciler['tick']>(async () => undefined);
  const loop = new ReconcileLoop({ reconciler: { tick } as unknown as Reconciler, intervalMs: 1_000 });
  return { tick, loop };
};

it('runs a round each interval, counted from the end of the last', async () => {
  const { tick, loop } = start();
  loop.poke();
  await vi.advanceTimersByTimeAsync(3_500);
  expect(tick).toHaveBeenCalledTimes(4);
  await loop.stop();
});

it('runs a round at once when it is poked, and the next an interval later', async () => {
  const { tick, loop } = start();
  loop.poke();
  await vi.advanceTimersByTimeAsync(900);
  loop.poke();
  await vi.advanceTimersByTimeAsync(900);
  expect(tick).toHaveBeenCalledTimes(2);
  await vi.advanceTimersByTimeAsync(200);
  expect(tick).toHaveBeenCalledTimes(3);
  await loop.stop();
});

it('runs no round once it is stopped, and waits for the one under way', async () => {
  const { tick, loop } = start();
  const round = Promise.withResolvers<void>();
  tick.mockImplementationOnce(() => round.promise);
  loop.poke();
  await vi.advanceTimersByTimeAsync(0);
  loop.poke();
  let isStopped = false;
  const stopped = loop.stop().then(() => (isStopped = true));
  await vi.advanceTimersByTimeAsync(0);
  expect(isStopped).toBe(false);
  round.resolve();
  await stopped;
  loop.poke();
  await vi.advanceTimersByTimeAsync(5_000);
  expect(tick).toHaveBeenCalledTimes(1);
});

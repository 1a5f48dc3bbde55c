import { afterEach, beforeEach, expect, it } from 'vitest';
import { claim } from './phases/claim.js';
import { RunBench, SAID_DONE } from './testing/run-bench.js';
import { Watch } from './watch.js';
import type { Worker } from './worker.js';

let bench: RunBench;
beforeEach(async () => {
  bench = await RunBench.create();
});
afterEach(() => bench.close());

/** A watch that looks when it is told to. */
function watchOf(worker: Worker): { watch: Watch; look: () => Promise<void>; waits: () => number } {
  let next = Promise.withResolvers<void>();
  let begun = Promise.withResolvers<void>();
  let waits = 0;
  const watch = new Watch({
    ...worker,
    dispatches: worker.platform.dispatches,
    intervalMs: 500,
    pause: async (ms, signal) => {
      expect(ms).toBe(500);
      waits += 1;
      begun.resolve();
      await Promise.race([next.promise, new Promise((resolve) => signal.addEventListener('abort', resolve))]);
    },
  });
  watch.start();
  const look = async (): Promise<void> => {
    await begun.promise;
    begun = Promise.withResolvers();
    const due = next;
    next = Promise.withResolvers();
    due.resolve();
    // It has looked when it waits again, or never will.
    await Promise.race([begun.promise, new Promise((resolve) => setTimeout(resolve, 200))]);
  };
  return { watch, look, waits: () => waits };
}

it('sees a cancellation at its next look, and goes on', async () => {
  const { record, worker } = await bench.prepare(SAID_DONE);
  await claim(worker);
  const { watch, look } = watchOf(worker);
  await look();
  expect(worker.stop.reason).toBeUndefined();
  await bench.cancel(record);
  await look();
  expect(worker.stop.reason).toBe('cancelled');
  watch.end();
});

it('is over once the dispatch is lost', async () => {
  const { record, worker } = await bench.prepare(SAID_DONE);
  await claim(worker);
  const { look, waits } = watchOf(worker);
  const { tenantId, dispatchId, createdAt } = record;
  const move = { to: 'FAILED', completedAt: createdAt, exitCode: null, errorMessage: 'Reaped.' } as const;
  await bench.platform.dispatches.move({ tenantId, dispatchId, move });
  await look();
  expect(worker.stop.reason).toBe('lost');
  expect(waits()).toBe(1);
});

it('looks again when the store did not answer', async () => {
  let isDown = true;
  const { record, worker } = await bench.prepare(SAID_DONE, {
    replace: ({ dispatches }) => ({
      dispatches: {
        ...dispatches,
        get: async (key) => {
          if (isDown) throw new Error('down');
          return await dispatches.get(key);
        },
      },
    }),
  });
  await claim(worker);
  await bench.cancel(record);
  const { watch, look } = watchOf(worker);
  await look();
  expect(worker.stop.reason).toBeUndefined();
  isDown = false;
  await look();
  expect(worker.stop.reason).toBe('cancelled');
  watch.end();
});

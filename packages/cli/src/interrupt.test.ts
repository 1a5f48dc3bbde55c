import { expect, test } from 'vitest';
import { untilInterrupted } from './interrupt.js';

test('a signal aborts the work, and what ends it says which', async () => {
  const before = process.listenerCount('SIGTERM');
  const work = untilInterrupted(async (signal) => {
    process.emit('SIGTERM', 'SIGTERM');
    // npm and the terminal both pass a Ctrl-C on: the second one of a pair ends nothing.
    process.emit('SIGTERM', 'SIGTERM');
    signal.throwIfAborted();
  });
  await expect(work).rejects.toMatchObject({ message: 'Interrupted.', exitCode: 143 });
  expect(process.listenerCount('SIGTERM')).toBe(before);
});

test('work that is not interrupted hands back its result', async () => {
  expect(await untilInterrupted(async (signal) => signal.aborted)).toBe(false);
});

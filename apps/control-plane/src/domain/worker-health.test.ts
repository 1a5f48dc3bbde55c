import { expect, it } from 'vitest';
import type { TaskView } from './reap.js';
import { superviseWorker, type WarmWorker } from './worker-health.js';

const policy = { startTimeoutMs: 300_000, stopGraceMs: 40_000, missingGraceMs: 60_000 };
const alive: TaskView = { state: 'RUNNING' };

const cases: readonly (readonly [WarmWorker['state'], TaskView | undefined, string, number | undefined])[] = [
  ['STARTING', undefined, 'forget', 300],
  ['STARTING', { state: 'MISSING' }, 'forget', 60],
  ['STARTING', { state: 'STARTING' }, 'stop', 300],
  ['STARTING', alive, 'stop', 300],
  ['IDLE', { state: 'MISSING' }, 'forget', 60],
  ['IDLE', alive, 'keep', undefined],
  ['BUSY', alive, 'keep', undefined],
  ['STOPPING', alive, 'stop', 40],
  ['STOPPING', { state: 'STOPPED' }, 'forget', 0],
  ['BUSY', { state: 'STOPPED' }, 'forget', 0],
];

it.each(cases)('a %s worker with the task %j: %s after %s s', (state, task, action, seconds) => {
  const actionAt = (age: number) =>
    superviseWorker({ state, changedAt: new Date(0).toISOString() }, task, age * 1_000, policy);
  expect(actionAt(seconds ?? 1_000_000)).toBe(action);
  if (seconds !== undefined && seconds > 0) expect(actionAt(seconds - 1)).toBe('keep');
});

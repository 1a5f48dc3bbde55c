import { dispatchSpec, TEST_EPOCH_MS } from '@outpost/platform/testing';
import { expect, it } from 'vitest';
import { timingsAtEnd } from './timings.js';

const at = (seconds: number): string => new Date(TEST_EPOCH_MS + seconds * 1_000).toISOString();
const spec = dispatchSpec({ createdAt: at(0) });
const run = { startedAt: at(5), heartbeatAt: at(20), stage: 'run' } as const;

it('counts the time in the queue', () => {
  expect(timingsAtEnd({ ...spec, status: 'QUEUED' }, at(3))).toEqual({ queue: 3_000 });
});

it('counts the time of a launch that came to nothing', () => {
  const record = { ...spec, status: 'PENDING', pendingAt: at(2), attempt: 1 } as const;
  expect(timingsAtEnd(record, at(7))).toEqual({ queue: 2_000, launch: 5_000 });
});

it('leaves the queue to the first attempt', () => {
  const record = { ...spec, status: 'PENDING', pendingAt: at(20), attempt: 2 } as const;
  expect(timingsAtEnd(record, at(21))).toEqual({ launch: 1_000 });
});

it('adds up to the whole life of a run, with the stage that it died in', () => {
  const timings = { queue: 2_000, launch: 3_000, claim: 100, workspace: 400 };
  const record = { ...spec, status: 'RUNNING', pendingAt: at(2), attempt: 1, ...run, timings } as const;
  const ended = timingsAtEnd(record, at(30));
  expect(ended).toEqual({ ...timings, run: 24_500 });
  expect(Object.values(ended).reduce((sum, each) => sum + each, 0)).toBe(30_000);
});

it('knows the queue and the launch of a worker that never told of a stage', () => {
  const record = {
    ...spec,
    status: 'RUNNING',
    pendingAt: at(2),
    attempt: 1,
    ...run,
    stage: 'claim',
  } as const;
  expect(timingsAtEnd(record, at(6))).toEqual({ queue: 2_000, launch: 3_000, claim: 1_000 });
});

it('is never negative, whatever clocks say', () => {
  const record = { ...spec, status: 'RUNNING', pendingAt: at(-1), attempt: 1, ...run } as const;
  expect(timingsAtEnd(record, at(1))).toEqual({ queue: 0, launch: 6_000, run: 0 });
});

import type { RecordIn } from '@outpost/contracts';
import { describe, expect, it } from 'vitest';
import { reap, type ReapPolicy, type TaskView } from './reap.js';

const START = Date.parse('2026-11-23T12:00:00.000Z');
const policy: ReapPolicy = {
  launchGraceMs: 5_000,
  startTimeoutMs: 300_000,
  assignTimeoutMs: 15_000,
  relaunchBackoffMs: 2_000,
  overheadMs: 60_000,
  heartbeatTimeoutMs: 30_000,
  cancelGraceMs: 5_000,
  missingGraceMs: 60_000,
};
const spec = {
  dispatchId: '01K4ZJ8W2T6V0Q9S3R5X7Y1B2C',
  tenantId: 'default',
  agent: 'codex',
  modelId: 'm',
  tier: 'balanced',
  task: 'Write a test for the parser.',
  contextLevel: 'standard',
  workspaceMode: 'ephemeral',
  workspaceId: '3f2b8c1e-0f39-4b5a-9d3e-2d6f0c8b7a10',
  timeoutSeconds: 100,
  tags: {},
  secrets: [],
  createdAt: new Date(START).toISOString(),
  ttl: 1,
} as const;
const iso = (seconds: number): string => new Date(START + seconds * 1000).toISOString();
const pending = (fields: Partial<RecordIn<'PENDING'>> = {}): RecordIn<'PENDING'> => ({
  ...spec,
  tags: {},
  secrets: [],
  status: 'PENDING',
  pendingAt: iso(0),
  attempt: 1,
  ...fields,
});
const running = (fields: Partial<RecordIn<'RUNNING'>> = {}): RecordIn<'RUNNING'> => ({
  ...spec,
  tags: {},
  secrets: [],
  status: 'RUNNING',
  pendingAt: iso(0),
  attempt: 1,
  startedAt: iso(0),
  heartbeatAt: iso(0),
  stage: 'run',
  ...fields,
});
const stopped: TaskView = { state: 'STOPPED', stoppedReason: 'killed by SIGKILL' };
const alive: TaskView = { state: 'RUNNING' };
const at = (seconds: number): number => START + seconds * 1000;

describe('a PENDING dispatch', () => {
  it('is left to the launch that follows the answer', () => {
    expect(reap(pending(), undefined, at(4), policy)).toEqual({ action: 'none' });
  });

  it('is launched when that launch never came', () => {
    expect(reap(pending(), undefined, at(5), policy)).toEqual({ action: 'launch' });
  });

  it.each([
    [2, 2],
    [3, 4],
    [4, 6],
  ])('is launched in attempt %i after a pause of %i s', (attempt, second) => {
    expect(reap(pending({ attempt }), undefined, at(second - 0.001), policy)).toEqual({ action: 'none' });
    expect(reap(pending({ attempt }), undefined, at(second), policy)).toEqual({ action: 'launch' });
  });

  it.each(['STARTING', 'RUNNING'] as const)('waits for a task that is %s', (state) => {
    expect(reap(pending(), { state }, at(299), policy)).toEqual({ action: 'none' });
  });

  it('stops a worker that lives and never takes it', () => {
    expect(reap(pending(), alive, at(299), policy)).toEqual({ action: 'none' });
    expect(reap(pending(), alive, at(300), policy)).toEqual({ action: 'stop' });
  });

  it('fails its attempt when no worker could be started for long', () => {
    expect(reap(pending(), undefined, at(300), policy)).toEqual({
      action: 'fail',
      failureClass: 'launch_failed',
      message: 'No worker could be started for 300 s.',
      stopsTask: false,
    });
  });

  it('fails its attempt when the worker ended without taking it', () => {
    expect(reap(pending(), stopped, at(1), policy)).toEqual({
      action: 'fail',
      failureClass: 'launch_failed',
      message: 'The worker ended before it took the dispatch: killed by SIGKILL.',
      stopsTask: false,
    });
  });

  it('waits for a task that is not known yet', () => {
    const task: TaskView = { state: 'MISSING' };
    expect(reap(pending(), task, at(59), policy)).toEqual({ action: 'none' });
    expect(reap(pending(), task, at(60), policy)).toMatchObject({
      action: 'fail',
      message: 'The worker ended before it took the dispatch: its process is gone.',
    });
  });

  it('fails with the cause that the platform tells', () => {
    const task: TaskView = { state: 'STOPPED', stopCause: 'image_unavailable' };
    expect(reap(pending(), task, at(100), policy)).toMatchObject({ failureClass: 'image_unavailable' });
  });
});

describe('a PENDING dispatch that was given to a warm worker', () => {
  const given = pending({ workerId: '00000000-0000-4000-8000-000000000001', taskArn: 'task/warm' });

  it('is taken away from one that lives and does not take it', () => {
    expect(reap(given, alive, at(14), policy)).toEqual({ action: 'none' });
    expect(reap(given, alive, at(15), policy)).toEqual({
      action: 'fail',
      failureClass: 'launch_failed',
      message: 'The warm worker did not take the dispatch for 15 s.',
      stopsTask: true,
    });
  });

  it.each([
    [{ state: 'MISSING' } as const, 15],
    [stopped, 0],
  ])('fails its attempt when the worker is gone: %j', (task, second) => {
    if (second > 0) expect(reap(given, task, at(second - 1), policy)).toEqual({ action: 'none' });
    expect(reap(given, task, at(second), policy)).toMatchObject({ action: 'fail', stopsTask: false });
  });
});

describe('a RUNNING dispatch', () => {
  it('is left alone while its worker beats', () => {
    expect(reap(running({ heartbeatAt: iso(50) }), alive, at(60), policy)).toEqual({ action: 'none' });
  });

  it.each([
    [stopped, 'The worker ended without a report: killed by SIGKILL.'],
    [{ state: 'STOPPED', exitCode: 137 } as const, 'The worker ended without a report: exit code 137.'],
  ])('fails when its task is gone', (task, message) => {
    expect(reap(running(), task, at(1), policy)).toEqual({
      action: 'fail',
      failureClass: 'worker_lost',
      message,
      stopsTask: false,
    });
  });

  it.each([
    [{ state: 'MISSING' } as const, 'The worker ended without a report: its process is gone.'],
    [undefined, 'The worker ended without a report: its task is not known.'],
  ])('of which no task is known fails once its heart is silent', (task, message) => {
    expect(reap(running(), task, at(29), policy)).toEqual({ action: 'none' });
    expect(reap(running(), task, at(30), policy)).toEqual({
      action: 'fail',
      failureClass: 'worker_lost',
      message,
      stopsTask: false,
    });
  });

  it('fails with the cause that the platform tells', () => {
    const task: TaskView = { state: 'STOPPED', exitCode: 137, stopCause: 'out_of_memory' };
    expect(reap(running(), task, at(1), policy)).toMatchObject({ failureClass: 'out_of_memory' });
  });

  it('ends as cancelled when its task is gone after a cancellation', () => {
    expect(reap(running({ cancelRequestedAt: iso(1) }), stopped, at(2), policy)).toEqual({
      action: 'cancelled',
      stopsTask: false,
    });
  });

  it('is stopped when it was cancelled and is alive', () => {
    expect(reap(running({ cancelRequestedAt: iso(1) }), alive, at(2), policy)).toEqual({ action: 'stop' });
  });

  it('is left to a warm worker to cancel, and stopped only when that does not', () => {
    const record = running({ cancelRequestedAt: iso(1), workerId: '00000000-0000-4000-8000-000000000001' });
    expect(reap(record, alive, at(5), policy)).toEqual({ action: 'none' });
    expect(reap(record, alive, at(6), policy)).toEqual({ action: 'stop' });
  });

  it('is stopped when its heart is silent', () => {
    expect(reap(running({ heartbeatAt: iso(10) }), alive, at(40), policy)).toEqual({ action: 'stop' });
  });

  it('is stopped past its deadline, and then given up', () => {
    const record = running({ heartbeatAt: iso(200) });
    expect(reap(record, alive, at(159), policy)).toEqual({ action: 'none' });
    expect(reap(record, alive, at(160), policy)).toEqual({ action: 'stop' });
    expect(reap(record, alive, at(190), policy)).toEqual({ action: 'timeout' });
  });

  it('ends as cancelled past its deadline after a cancellation, and is told to end', () => {
    expect(reap(running({ cancelRequestedAt: iso(1) }), alive, at(190), policy)).toEqual({
      action: 'cancelled',
      stopsTask: true,
    });
  });
});

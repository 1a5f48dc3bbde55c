import { describe, expect, it } from 'vitest';
import {
  DISPATCH_STATUSES,
  DispatchRecordSchema,
  type Attempt,
  type DispatchRecord,
  type DispatchSpec,
  type DispatchStatus,
  type RecordIn,
} from './dispatch.js';
import { failure } from './failures.js';
import {
  allows,
  apply,
  asAccepted,
  firstTier,
  guardOf,
  leftBehind,
  SLOT_HOLDING,
  type Admission,
  type DispatchMove,
  type Relaunch,
} from './state-machine.js';
import { isTerminal, TRANSITIONS } from './transitions.js';

const at = '2026-11-23T12:00:00.000Z';
const spec: DispatchSpec = {
  dispatchId: '01K4ZJ8W2T6V0Q9S3R5X7Y1B2C',
  tenantId: 'default',
  agent: 'codex',
  modelId: 'gpt-5.2-codex',
  tier: 'balanced',
  task: 'Write a test for the parser.',
  contextLevel: 'standard',
  workspaceMode: 'ephemeral',
  workspaceId: '3f2b8c1e-0f39-4b5a-9d3e-2d6f0c8b7a10',
  timeoutSeconds: 600,
  tags: {},
  secrets: [],
  createdAt: at,
  ttl: 1,
};
const later = '2026-11-23T12:05:00.000Z';
const end = { completedAt: at, exitCode: 0, errorMessage: null };
const running: RecordIn<'RUNNING'> = {
  ...spec,
  status: 'RUNNING',
  pendingAt: at,
  attempt: 1,
  taskArn: 'task/1',
  workerId: 'worker-1',
  startedAt: at,
  heartbeatAt: at,
  stage: 'run',
  timings: { queue: 0, launch: 10, claim: 2 },
};
const records: Readonly<Record<DispatchStatus, DispatchRecord>> = {
  QUEUED: { ...spec, status: 'QUEUED' },
  PENDING: { ...spec, status: 'PENDING', pendingAt: at, attempt: 1 },
  RUNNING: running,
  COMPLETED: { ...spec, status: 'COMPLETED', ...end },
  FAILED: { ...spec, status: 'FAILED', ...end, failure: failure('internal', 'x') },
  TIMEOUT: { ...spec, status: 'TIMEOUT', ...end },
  CANCELLED: { ...spec, status: 'CANCELLED', ...end },
};
const failed: Attempt = {
  attempt: 1,
  tier: 'balanced',
  taskArn: 'task/1',
  startedAt: at,
  endedAt: later,
  failure: failure('out_of_memory', 'killed by SIGKILL'),
};
const admission: Admission = { to: 'PENDING', pendingAt: at, attempt: 1 };
const relaunch: Relaunch = {
  to: 'PENDING',
  pendingAt: later,
  attempt: 2,
  attempts: [failed],
  tier: 'flagship',
};
/** Each move, and where it may come from. */
const moves: readonly (readonly [name: string, move: DispatchMove, from: readonly DispatchStatus[]])[] = [
  ['admission', admission, ['QUEUED']],
  ['relaunch', relaunch, ['PENDING', 'RUNNING']],
  [
    'claim',
    { to: 'RUNNING', startedAt: at, heartbeatAt: at, stage: 'claim', taskArn: 'task/1' },
    ['PENDING'],
  ],
  ['completion', { to: 'COMPLETED', ...end }, ['RUNNING']],
  ['failure', { to: 'FAILED', ...end, failure: failure('internal', 'x') }, ['QUEUED', 'PENDING', 'RUNNING']],
  ['time-out', { to: 'TIMEOUT', ...end }, ['RUNNING']],
  ['cancellation', { to: 'CANCELLED', ...end }, ['QUEUED', 'PENDING', 'RUNNING']],
];

describe('the state machine', () => {
  it.each(
    DISPATCH_STATUSES.flatMap((status) =>
      moves.map(([name, move, from]) => [status, name, move, from.includes(status)] as const),
    ),
  )('%s, %s: is allowed or not, and makes a valid record', (status, _, move, isLegal) => {
    const record = records[status];
    expect(allows(record, move)).toBe(isLegal);
    if (!isLegal) {
      expect(() => apply(record, move)).toThrow(TypeError);
      return;
    }
    const next = apply(record, move);
    expect(next.status).toBe(move.to);
    expect(DispatchRecordSchema.parse(next)).toEqual(next);
  });

  it('has a move for every step of its table, and no other', () => {
    for (const status of DISPATCH_STATUSES) {
      const reached = moves.filter(([, , from]) => from.includes(status)).map(([, move]) => move.to);
      expect(reached.toSorted()).toEqual(TRANSITIONS[status].toSorted());
    }
  });

  it('tells a driver where each move may come from', () => {
    for (const [, move, from] of moves) expect(guardOf(move).from.toSorted()).toEqual(from.toSorted());
  });

  it('never leaves an end', () => {
    const ends = DISPATCH_STATUSES.filter(isTerminal);
    expect(ends).toEqual(['COMPLETED', 'FAILED', 'TIMEOUT', 'CANCELLED']);
    for (const status of ends) {
      expect(moves.filter(([, move]) => allows(records[status], move))).toEqual([]);
    }
  });

  it('takes no end but CANCELLED, and no other attempt, once a cancellation was acknowledged', () => {
    const cancelled: DispatchRecord = { ...running, cancelRequestedAt: at };
    const allowed = moves.filter(([, move]) => allows(cancelled, move));
    expect(allowed.map(([name]) => name)).toEqual(['cancellation']);
    for (const [, move] of moves) expect(guardOf(move).notCancelled).toBe(move.to !== 'CANCELLED');
  });

  it('counts a slot for a dispatch that is starting or running', () => {
    expect(SLOT_HOLDING).toEqual(['PENDING', 'RUNNING']);
  });
});

describe('what a move leaves behind', () => {
  it('is all of the attempt when another follows, which has its number, its tier and the story so far', () => {
    expect(apply(running, relaunch)).toEqual({
      ...spec,
      status: 'PENDING',
      tier: 'flagship',
      pendingAt: later,
      attempt: 2,
      attempts: [failed],
    });
    expect(leftBehind('PENDING').toSorted()).toEqual([
      'heartbeatAt',
      'stage',
      'startedAt',
      'taskArn',
      'timings',
      'workerId',
    ]);
  });

  it('is nothing when a worker takes it', () => {
    const given: DispatchRecord = { ...records.PENDING, workerId: 'worker-1' } as RecordIn<'PENDING'>;
    const [, claim] = moves.find(([name]) => name === 'claim')!;
    expect(apply(given, claim)).toMatchObject({ workerId: 'worker-1', pendingAt: at, attempt: 1 });
    expect(leftBehind('RUNNING')).toEqual([]);
  });

  it('is the heartbeat and the stage at the end: task, worker, attempts and timings stay', () => {
    const again: RecordIn<'RUNNING'> = { ...running, attempt: 2, attempts: [failed], tier: 'flagship' };
    const { heartbeatAt: _, stage: __, ...kept } = again;
    for (const [, move] of moves.filter(([, { to }]) => isTerminal(to))) {
      const { to, ...outcome } = move;
      expect(apply(again, move)).toEqual({ ...kept, ...outcome, status: to });
      expect(leftBehind(to)).toEqual(['heartbeatAt', 'stage']);
    }
  });
});

describe('a dispatch as it was accepted', () => {
  const again = apply(running, relaunch);
  const completed = apply({ ...running, ...again, status: 'RUNNING' } as DispatchRecord, {
    to: 'COMPLETED',
    ...end,
    output: 'Done.',
  });

  it.each(Object.values({ ...records, again, completed }).map((record) => [record.status, record] as const))(
    'is the same, whatever has come of it: %s',
    (_, record) => {
      expect(asAccepted(record, 'QUEUED')).toEqual(records.QUEUED);
      expect(asAccepted(record, 'PENDING')).toEqual(records.PENDING);
    },
  );

  it('is the same byte for byte, whatever order a store gives its fields in', () => {
    const tagged = { ...running, tags: { team: 'core', area: 'cart', '7': 'x' } };
    const shuffled = Object.fromEntries(Object.entries(tagged).toReversed()) as DispatchRecord;
    const turned = { ...shuffled, tags: Object.fromEntries(Object.entries(tagged.tags).toReversed()) };
    const text = JSON.stringify(asAccepted(tagged, 'PENDING'));
    expect(JSON.stringify(asAccepted(turned, 'PENDING'))).toBe(text);
    expect(JSON.parse(text)).toEqual({ ...records.PENDING, tags: tagged.tags });
  });

  it('keeps what is optional in a request', () => {
    const asked = { repo: 'o/r', branch: 'main', userId: 'ada', retryOf: spec.dispatchId, secrets: ['NPM'] };
    expect(asAccepted({ ...running, ...asked }, 'QUEUED')).toEqual({ ...records.QUEUED, ...asked });
  });
});

describe('the tier that was asked for', () => {
  it('is that of the first attempt', () => {
    expect(firstTier(records.QUEUED)).toBe('balanced');
    expect(firstTier(running)).toBe('balanced');
    expect(firstTier(apply(running, relaunch))).toBe('balanced');
    const ended = { ...records.FAILED, tier: 'flagship', attempt: 2, attempts: [failed] } as DispatchRecord;
    expect(firstTier(ended)).toBe('balanced');
  });
});

import { describe, expect, it } from 'vitest';
import { DispatchRecordSchema, type Attempt, type DispatchRecord, type RecordIn } from './dispatch.js';
import { FAILURES, failure, type FailureClass } from './failures.js';
import { LIMITS } from './limits.js';
import { nextAttempt } from './retries.js';
import { allows, apply } from './state-machine.js';
import { TIER_NAMES, type TierName } from './tiers.js';

type SlotHolder = RecordIn<'PENDING'> | RecordIn<'RUNNING'>;

const acceptedAt = '2026-11-23T12:00:00.000Z';
const startedAt = '2026-11-23T12:00:02.000Z';
const failedAt = '2026-11-23T12:05:00.000Z';

const pending: RecordIn<'PENDING'> = {
  dispatchId: '01K4ZJ8W2T6V0Q9S3R5X7Y1B2C',
  tenantId: 'default',
  agent: 'codex',
  modelId: 'gpt-5.2-codex',
  tier: 'fast',
  task: 'Write a test for the parser.',
  contextLevel: 'standard',
  workspaceMode: 'ephemeral',
  workspaceId: '3f2b8c1e-0f39-4b5a-9d3e-2d6f0c8b7a10',
  timeoutSeconds: 600,
  tags: {},
  secrets: [],
  createdAt: acceptedAt,
  ttl: 1,
  status: 'PENDING',
  pendingAt: acceptedAt,
  attempt: 1,
};
const running: RecordIn<'RUNNING'> = {
  ...pending,
  status: 'RUNNING',
  taskArn: 'task/1',
  startedAt,
  heartbeatAt: startedAt,
  stage: 'run',
};

const lost = failure('launch_failed', 'No worker took it.');
const outOfMemory = failure('out_of_memory', 'killed by SIGKILL');

/** The record in its next attempt, as a worker has it or as none has. */
function afterFailure(record: SlotHolder, cause = lost, taken = false): SlotHolder | undefined {
  const move = nextAttempt(record, cause, failedAt);
  if (move === undefined) return undefined;
  expect(allows(record, move)).toBe(true);
  const next = apply(record, move);
  expect(DispatchRecordSchema.parse(next)).toEqual(next);
  if (!taken) return next as RecordIn<'PENDING'>;
  const claim = {
    to: 'RUNNING',
    startedAt,
    heartbeatAt: startedAt,
    stage: 'claim',
    taskArn: 'task/2',
  } as const;
  return apply(next, claim) as RecordIn<'RUNNING'>;
}

/** More than there may ever be. */
const TOO_MANY = 20;

/** How often it is tried in all, when each attempt ends in the same way. */
function attemptsOf(record: SlotHolder): number {
  let count = 0;
  for (let next: SlotHolder | undefined = record; next !== undefined && count < TOO_MANY; count += 1)
    next = afterFailure(next);
  return count;
}

describe('a dispatch that no worker took', () => {
  it('is tried three more times, on the tier that was asked for', () => {
    expect(LIMITS.startRetriesMax).toBe(3);
    expect(attemptsOf(pending)).toBe(4);
    expect(afterFailure(pending)).toMatchObject({ attempt: 2, tier: 'fast', pendingAt: failedAt });
  });

  it('keeps each attempt, with its task if it had one', () => {
    const second = afterFailure({ ...pending, taskArn: 'task/1' })!;
    const third = afterFailure(second, failure('capacity_unavailable', 'no room'))!;
    const story: Attempt[] = [
      { attempt: 1, tier: 'fast', taskArn: 'task/1', endedAt: failedAt, failure: lost },
      {
        attempt: 2,
        tier: 'fast',
        endedAt: failedAt,
        failure: failure('capacity_unavailable', 'no room'),
      },
    ];
    expect(third).toMatchObject({ attempt: 3, attempts: story });
  });

  it('is not tried again for what will not change by itself', () => {
    expect(nextAttempt(pending, failure('image_unavailable', 'no such image'), failedAt)).toBeUndefined();
  });
});

describe('a dispatch whose worker ran out of memory', () => {
  it.each<[TierName, TierName]>([
    ['fast', 'balanced'],
    ['balanced', 'flagship'],
  ])('on %s is tried once more, on %s', (tier, next) => {
    const second = afterFailure({ ...running, tier }, outOfMemory, true)!;
    expect(second).toMatchObject({
      attempt: 2,
      tier: next,
      attempts: [{ attempt: 1, tier, taskArn: 'task/1', startedAt, endedAt: failedAt, failure: outOfMemory }],
    });
    expect(nextAttempt(second, outOfMemory, failedAt)).toBeUndefined();
  });

  it('is not on the largest tier', () => {
    const tier = TIER_NAMES.at(-1)!;
    expect(nextAttempt({ ...running, tier }, outOfMemory, failedAt)).toBeUndefined();
  });

  it('is again when its earlier attempts never started', () => {
    const taken = afterFailure(afterFailure(pending)!, lost, true)!;
    expect(taken).toMatchObject({ status: 'RUNNING', attempt: 3, tier: 'fast' });
    expect(afterFailure(taken, outOfMemory)).toMatchObject({ attempt: 4, tier: 'balanced' });
  });

  it('has all its starts left for the larger worker', () => {
    const larger = afterFailure(running, outOfMemory)!;
    expect(larger).toMatchObject({ status: 'PENDING', attempt: 2, tier: 'balanced' });
    expect(attemptsOf(larger)).toBe(4);
    expect(afterFailure(larger)).toMatchObject({ tier: 'balanced' });
  });
});

describe('a dispatch that had begun', () => {
  const others = (Object.keys(FAILURES) as FailureClass[]).filter((name) => name !== 'out_of_memory');

  it.each(others)('is not tried again after %s: whether it may be done twice, its owner knows', (name) => {
    expect(nextAttempt(running, failure(name, 'x'), failedAt)).toBeUndefined();
  });
});

it('leaves the record that it was asked about as it was', () => {
  const record: DispatchRecord = Object.freeze({ ...running, attempts: Object.freeze([]) as never });
  expect(nextAttempt(record as SlotHolder, outOfMemory, failedAt)?.attempts).toHaveLength(1);
  expect(record).toMatchObject({ attempts: [], tier: 'fast' });
});

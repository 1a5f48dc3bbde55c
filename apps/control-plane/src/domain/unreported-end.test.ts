import { costOf, failure, OutcomeSchema, type Attempt, type DispatchRecord } from '@outpost/contracts';
import { dispatchSpec, ending, TEST_EPOCH_MS } from '@outpost/platform/testing';
import { describe, expect, it } from 'vitest';
import { hasNotEnded, unreportedEnd } from './unreported-end.js';

const at = (seconds: number): string => new Date(TEST_EPOCH_MS + seconds * 1_000).toISOString();
const spec = dispatchSpec({ createdAt: at(0) });
const why = failure('worker_lost', 'The worker ended without a report.');

const queued = { ...spec, status: 'QUEUED' } as const;
const pending = { ...spec, status: 'PENDING', pendingAt: at(2), attempt: 1 } as const;
const running = {
  ...spec,
  status: 'RUNNING',
  pendingAt: at(2),
  attempt: 1,
  startedAt: at(5),
  heartbeatAt: at(60),
  stage: 'run',
} as const;

const earlier = (startedAt?: string): Attempt => ({
  attempt: 1,
  tier: 'fast',
  ...(startedAt !== undefined && { startedAt }),
  endedAt: at(600),
  failure: failure('out_of_memory', 'x'),
});

const compute = (durationMs: number, attempts: Attempt[] = []) =>
  costOf({
    modelId: spec.modelId,
    tier: spec.tier,
    durationMs,
    earlier: attempts,
    usage: undefined,
    reportedCostUsd: undefined,
  });

describe('an end that no worker reports', () => {
  it('says why, when and how long, and costs nothing before a worker had it', () => {
    expect(unreportedEnd(queued, why, at(3))).toEqual({
      completedAt: at(3),
      exitCode: null,
      errorMessage: why.message,
      failure: why,
      timings: { queue: 3_000 },
    });
    const unstarted = { ...pending, attempt: 2, attempts: [earlier()] };
    for (const record of [pending, unstarted]) {
      expect(unreportedEnd(record, why, at(3))).not.toHaveProperty('cost');
    }
    expect(unreportedEnd(pending, why, at(3)).timings).toEqual({ queue: 2_000, launch: 1_000 });
  });

  it('costs the time of its worker', () => {
    const outcome = unreportedEnd(running, why, at(65));
    expect(outcome.cost).toEqual(compute(60_000));
    expect(OutcomeSchema.parse(outcome)).toEqual(outcome);
  });

  it('costs the time of earlier attempts too, also when the last was never taken', () => {
    const attempts = [earlier(at(0))];
    const again = { ...pending, attempt: 2, attempts };
    expect(unreportedEnd(again, why, at(700)).cost).toEqual(compute(0, attempts));
    expect(compute(0, attempts).compute).toBeGreaterThan(0);
    expect(unreportedEnd({ ...running, attempts }, why, at(65)).cost).toEqual(compute(60_000, attempts));
  });

  it('costs nothing negative when a clock was set back', () => {
    expect(unreportedEnd(running, why, at(1)).cost).toEqual(compute(0));
  });
});

it('is for those that have not ended', () => {
  const { to: status, ...outcome } = ending('CANCELLED');
  const records: DispatchRecord[] = [queued, pending, running, { ...spec, status, ...outcome }];
  expect(records.filter(hasNotEnded)).toEqual([queued, pending, running]);
});

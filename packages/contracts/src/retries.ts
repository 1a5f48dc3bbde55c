import { STAGES, type Attempt, type RecordIn, type StageTimings } from './dispatch.js';
import type { Failure } from './failures.js';
import { LIMITS } from './limits.js';
import type { Relaunch } from './state-machine.js';
import { TIER_NAMES, type TierName } from './tiers.js';

/**
 * The next attempt of a dispatch whose attempt failed at `at` (ISO 8601), or undefined when that failure is its end.
 * A worker that never took it is tried again up to three times; one that ran out of memory, once, on the next tier.
 * All else had begun to work: whether that may be done twice, only its owner can tell.
 */
export function nextAttempt(
  record: RecordIn<'PENDING'> | RecordIn<'RUNNING'>,
  failure: Failure,
  at: string,
): Relaunch | undefined {
  if (!failure.retryable) return undefined;
  const tier = record.status === 'PENDING' ? tierToStartAgain(record) : tierWithMoreMemory(record, failure);
  if (tier === undefined) return undefined;
  const { attempt, attempts = [], taskArn, pendingAt } = record;
  const failed: Attempt = {
    attempt,
    tier: record.tier,
    ...(taskArn !== undefined && { taskArn }),
    pendingAt,
    ...(record.status === 'RUNNING' && { startedAt: record.startedAt }),
    ...(record.status === 'RUNNING' && { timings: timingsAt(record, at) }),
    endedAt: at,
    failure,
  };
  return { to: 'PENDING', pendingAt: at, attempt: attempt + 1, attempts: [...attempts, failed], tier };
}

/** With the time in the stage that it was in. */
function timingsAt({ stage, startedAt, timings = {} }: RecordIn<'RUNNING'>, at: string): StageTimings {
  const left = STAGES.reduce((sum, name) => sum + (timings[name] ?? 0), 0);
  const inStage = Math.max(0, Date.parse(at) - Date.parse(startedAt) - left);
  return { [stage]: inStage, ...timings };
}

function tierToStartAgain({ attempts = [], tier }: RecordIn<'PENDING'>): TierName | undefined {
  const neverStarted = attempts.filter(({ startedAt }) => startedAt === undefined);
  return neverStarted.length < LIMITS.startRetriesMax ? tier : undefined;
}

function tierWithMoreMemory(
  { attempts = [], tier }: RecordIn<'RUNNING'>,
  failure: Failure,
): TierName | undefined {
  const isOutOfMemory = ({ class: name }: Failure): boolean => name === 'out_of_memory';
  if (!isOutOfMemory(failure) || attempts.some((earlier) => isOutOfMemory(earlier.failure))) return undefined;
  return TIER_NAMES[TIER_NAMES.indexOf(tier) + 1];
}

import { TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import { setTimeout } from 'node:timers/promises';
import { busyError, isNamed } from './errors.js';

/**
 * Fifty writers of one row need about a second in turn, at some 20 ms each: the pauses have to grow beyond that for all
 * to come through. All of them together take about 6 s, 11 s at most.
 */
const MAX_REPEATS = 14;
const FIRST_PAUSE_MS = 25;
const MAX_PAUSE_MS = 1_200;

/** How to wait between repeats. */
export interface Backoff {
  readonly pause: (durationMs: number) => Promise<unknown>;
  /** From 0 to 1. */
  readonly random: () => number;
}

export const BACKOFF: Backoff = { pause: (durationMs) => setTimeout(durationMs), random: Math.random };

/** Waits before repeat `repeat` (from 0): exponentially longer, full jitter. Rejects with SERVICE_UNAVAILABLE after the last. */
export async function pauseBefore(
  repeat: number,
  { pause, random }: Backoff,
  cause?: unknown,
): Promise<void> {
  if (repeat >= MAX_REPEATS) {
    throw busyError('DynamoDB has too much to do. Try again in a moment.', { random, cause });
  }
  await pause(random() * Math.min(MAX_PAUSE_MS, FIRST_PAUSE_MS * 2 ** repeat));
}

/** Repeats a write that lost to another on the same rows. The SDK does not: to it that is a refusal. */
export async function untilUncontended<T>(backoff: Backoff, write: () => Promise<T>): Promise<T> {
  for (let repeat = 0; ; repeat += 1) {
    try {
      return await write();
    } catch (error) {
      if (!isContention(error)) throw error;
      await pauseBefore(repeat, backoff, error);
    }
  }
}

const PASSING = ['None', 'TransactionConflict', 'ThrottlingError', 'ProvisionedThroughputExceeded'];

/** Where a condition failed as well, that decides: a repeat would fail like it. */
function isContention(error: unknown): boolean {
  if (isNamed(error, 'TransactionConflictException')) return true;
  if (!(error instanceof TransactionCanceledException)) return false;
  return (error.CancellationReasons ?? []).every(({ Code = 'None' }) => PASSING.includes(Code));
}

import type { Stage } from '@outpost/contracts';
import { PhaseError } from './phase-error.js';

/** Rejects with `phase_timed_out` when the phase has not ended after `limitMs`; what it still does then counts no more. */
export async function withinLimit<T>(stage: Stage, limitMs: number, phase: () => Promise<T>): Promise<T> {
  const limit = AbortSignal.timeout(limitMs);
  const message = `The phase ${stage} took longer than ${limitMs / 1_000} s.`;
  return untilAborted(limit, phase(), () => new PhaseError('phase_timed_out', message));
}

/** What `work` comes to, unless `signal` is aborted first. */
export async function untilAborted<T>(
  signal: AbortSignal,
  work: Promise<T>,
  reason: () => Error,
): Promise<T> {
  const aborted = Promise.withResolvers<never>();
  const abort = (): void => aborted.reject(reason());
  if (signal.aborted) abort();
  signal.addEventListener('abort', abort, { once: true });
  try {
    return await Promise.race([work, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

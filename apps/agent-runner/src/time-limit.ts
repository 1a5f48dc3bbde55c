import { abandon } from './abandoned-work.js';
import { PhaseError } from './phase-error.js';

export interface TimeLimit {
  /** The phase, for people. */
  readonly name: string;
  readonly limitMs: number;
  /** Ends it sooner. */
  readonly signal: AbortSignal;
  /** How long it may take to end once it was told to. */
  readonly settleMs: number;
}

/**
 * Runs a phase, and tells it by a signal when to end: at its time limit (it then counts as `phase_timed_out`), or with
 * the limit's own signal, whose reason it then rejects with. Never waits for one that does not end: see `abandon`.
 */
export async function withinLimit<T>(
  limit: TimeLimit,
  phase: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  limit.signal.throwIfAborted();
  const timeUp = new AbortController();
  const message = `The ${limit.name} phase took longer than ${limit.limitMs / 1000} s and was stopped.`;
  // A TimeoutError, as of AbortSignal.timeout: but that would not keep the process alive.
  const timer = setTimeout(() => timeUp.abort(new DOMException(message, 'TimeoutError')), limit.limitMs);
  const signal = AbortSignal.any([limit.signal, timeUp.signal]);
  try {
    return await settled(phase(signal), signal, limit.settleMs);
  } catch (error) {
    limit.signal.throwIfAborted();
    if (!timeUp.signal.aborted) throw error;
    throw new PhaseError('phase_timed_out', message, { cause: error });
  } finally {
    clearTimeout(timer);
  }
}

async function settled<T>(work: Promise<T>, signal: AbortSignal, settleMs: number): Promise<T> {
  const { promise: givenUp, reject: giveUp } = Promise.withResolvers<never>();
  let timer: NodeJS.Timeout | undefined;
  const told = (): void => {
    timer = setTimeout(() => {
      abandon(work);
      giveUp(signal.reason);
    }, settleMs);
  };
  signal.addEventListener('abort', told, { once: true });
  try {
    return await Promise.race([work, givenUp]);
  } finally {
    signal.removeEventListener('abort', told);
    clearTimeout(timer);
  }
}

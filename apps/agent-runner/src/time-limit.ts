import type { Stage } from '@outpost/contracts';
import { PhaseError } from './phase-error.js';

/** Rejects with `phase_timed_out` when the phase has not ended after `limitMs`; what it still does then counts no more. */
export async function withinLimit<T>(stage: Stage, limitMs: number, phase: () => Promise<T>): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const message = `The phase ${stage} took longer than ${limitMs / 1_000} s.`;
  const timer = setTimeout(() => reject(new PhaseError('phase_timed_out', message)), limitMs);
  try {
    return await Promise.race([phase(), late]);
  } finally {
    clearTimeout(timer);
  }
}

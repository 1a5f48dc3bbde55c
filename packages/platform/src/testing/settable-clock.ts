import type { Clock } from '../ports/index.js';

/** A clock that stands still until a test moves it. */
export interface SettableClock extends Clock {
  set(epochMs: number): void;
  advance(durationMs: number): void;
}

export const TEST_EPOCH_MS = Date.parse('2026-11-23T12:00:00.000Z');

export function createSettableClock(epochMs: number = TEST_EPOCH_MS): SettableClock {
  let current = epochMs;
  return {
    now: () => current,
    set: (value) => {
      current = value;
    },
    advance: (durationMs) => {
      current += durationMs;
    },
  };
}

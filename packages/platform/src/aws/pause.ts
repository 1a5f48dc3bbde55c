import { setTimeout } from 'node:timers/promises';

/** Waits; rejects as soon as the signal is aborted. */
export type Pause = (durationMs: number, signal: AbortSignal) => Promise<unknown>;

export const pauseFor: Pause = (durationMs, signal) => setTimeout(durationMs, undefined, { signal });

import { lock } from 'proper-lockfile';
import { setTimeout as sleep } from 'node:timers/promises';

const STALE_MS = 60_000;
const UPDATE_MS = 10_000;
const POLL_MS = 50;

/** Runs `action` while no other worker, on this machine or on another that shares the disk, holds the lock. */
export async function withLock<T>(
  path: string,
  signal: AbortSignal,
  action: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const lost = new AbortController();
  const release = await acquire(path, signal, lost);
  try {
    return await action(AbortSignal.any([signal, lost.signal]));
  } finally {
    // Already released, or taken over: then there is nothing to give back.
    await release().catch(() => undefined);
  }
}

async function acquire(
  path: string,
  signal: AbortSignal,
  lost: AbortController,
): Promise<() => Promise<void>> {
  for (;;) {
    signal.throwIfAborted();
    try {
      return await lock(path, {
        realpath: false,
        stale: STALE_MS,
        update: UPDATE_MS,
        onCompromised: (error) => lost.abort(error),
      });
    } catch (error) {
      if (!isHeld(error)) throw error;
    }
    await sleep(POLL_MS, undefined, { signal });
  }
}

function isHeld(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ELOCKED';
}

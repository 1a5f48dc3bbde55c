import { isTerminal, type Dispatch } from '@outpost/contracts';
import { OutpostTimeoutError } from './errors.js';
import { checkRequestOptions } from './options.js';
import { pause } from './retry.js';
import type { RequestOptions, Transport } from './transport.js';

export interface WaitOptions extends RequestOptions {
  /** Milliseconds for all of it. Without it there is no limit: the dispatch has its own. */
  readonly totalTimeoutMs?: number | undefined;
  /** Default 2,000. */
  readonly pollIntervalMs?: number | undefined;
  /** Called at first, and whenever status or stage have changed. */
  readonly onUpdate?: ((dispatch: Dispatch) => void) | undefined;
}

// A restart of the control plane takes a few seconds; waiting for a dispatch should outlive it.
const WAIT_MAX_FAILURES = 8;

/** Asks with `get` until the dispatch has ended. */
export async function waitForEnd(
  transport: Transport,
  get: (options: RequestOptions) => Promise<Dispatch>,
  options: WaitOptions,
): Promise<Dispatch> {
  checkRequestOptions(options);
  const { signal, timeoutMs, totalTimeoutMs, onUpdate, pollIntervalMs = 2_000 } = options;
  const deadline = totalTimeoutMs === undefined ? Infinity : Date.now() + totalTimeoutMs;
  const patience = transport.patience({
    signal,
    deadline,
    maxFailures: options.maxRetries ?? WAIT_MAX_FAILURES,
  });
  let seen: string | undefined;
  for (;;) {
    try {
      const dispatch = await get({ signal, timeoutMs, maxRetries: 0 });
      patience.reset();
      const state = `${dispatch.status} ${dispatch.stage ?? ''}`;
      if (state !== seen) onUpdate?.(dispatch);
      seen = state;
      if (isTerminal(dispatch.status)) return dispatch;
    } catch (error) {
      await patience.after(error);
      continue;
    }
    if (Date.now() + pollIntervalMs >= deadline)
      throw new OutpostTimeoutError(
        `The dispatch has not ended within ${(totalTimeoutMs ?? 0) / 1_000} s: ${seen.trim()}.`,
      );
    await pause(pollIntervalMs, signal);
  }
}

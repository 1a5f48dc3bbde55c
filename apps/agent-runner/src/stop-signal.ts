/**
 * Why a run has to end before it is done: `terminated` by SIGTERM alone, `cancelled` on request, `lost` when the
 * dispatch is no longer this worker's (then nothing more is written). Each outweighs those before it.
 */
export type StopReason = 'terminated' | 'cancelled' | 'lost';

const WEIGHT: Readonly<Record<StopReason, number>> = { terminated: 1, cancelled: 2, lost: 3 };

/** Tells a run to end, and how soon. */
export class StopSignal {
  readonly #stopped = new AbortController();
  readonly #urgent = new AbortController();
  readonly #lost = new AbortController();
  #reason: StopReason | undefined;

  /** Aborted for any reason. */
  get signal(): AbortSignal {
    return this.#stopped.signal;
  }

  /** Aborted when there is no time to lose: somebody waits for the end, or has ended it. */
  get urgent(): AbortSignal {
    return this.#urgent.signal;
  }

  /** Aborted when the dispatch is no longer this worker's. */
  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  /** The weightiest so far. */
  get reason(): StopReason | undefined {
    return this.#reason;
  }

  stop(reason: StopReason): void {
    if (this.#reason !== undefined && WEIGHT[reason] <= WEIGHT[this.#reason]) return;
    this.#reason = reason;
    const error = new Error(`The run was stopped: ${reason}.`);
    this.#stopped.abort(error);
    if (reason !== 'terminated') this.#urgent.abort(error);
    if (reason === 'lost') this.#lost.abort(error);
  }
}

/** Calls the listener once, at once if the signal is aborted already. */
export function whenAborted(signal: AbortSignal, listener: () => void): void {
  if (signal.aborted) listener();
  else signal.addEventListener('abort', listener, { once: true });
}

/**
 * Why a run has to end before it is done: `cancelled` on request, `terminated` by SIGTERM without one,
 * `lost` when the dispatch is no longer this worker's (then nothing is reported).
 */
export type StopReason = 'cancelled' | 'terminated' | 'lost';

/** The first reason wins. */
export class StopSignal {
  readonly #controller = new AbortController();
  #reason: StopReason | undefined;

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  get reason(): StopReason | undefined {
    return this.#reason;
  }

  stop(reason: StopReason): void {
    this.#reason ??= reason;
    this.#controller.abort(this.#reason);
  }
}

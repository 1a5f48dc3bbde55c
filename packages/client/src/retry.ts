import { OutpostApiError, OutpostConnectionError } from './errors.js';

/** Counts failures in a row of something that is repeated, and waits between them. */
export class Patience {
  readonly #signal: AbortSignal | undefined;
  readonly #maxFailures: number;
  #failures = 0;

  constructor(params: { readonly signal: AbortSignal | undefined; readonly maxFailures: number }) {
    this.#signal = params.signal;
    this.#maxFailures = params.maxFailures;
  }

  /** It worked: the next failure counts as the first. */
  reset(): void {
    this.#failures = 0;
  }

  /** Waits before the next try; throws the error when it cannot pass, or did not pass too often. */
  async after(error: unknown): Promise<void> {
    this.#signal?.throwIfAborted();
    this.#failures += 1;
    if (!mayPass(error) || this.#failures > this.#maxFailures) throw error;
    const asked = error instanceof OutpostApiError ? error.retryAfterSeconds : undefined;
    const delayMs = asked === undefined ? Math.min(100 * 2 ** this.#failures, 5_000) : asked * 1_000;
    await pause(delayMs * (1 + Math.random() / 4), this.#signal);
  }
}

function mayPass(error: unknown): boolean {
  if (error instanceof OutpostConnectionError) return true;
  return error instanceof OutpostApiError && (error.status === 429 || error.status >= 500);
}

/** Waits; rejects with the signal's reason when it is aborted. */
export async function pause(delayMs: number, signal: AbortSignal | undefined): Promise<void> {
  signal?.throwIfAborted();
  await new Promise<void>((resolve, reject) => {
    const abort = (): void => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', abort);
      resolve();
    }, delayMs);
    signal?.addEventListener('abort', abort, { once: true });
  });
}

import { OutpostApiError, OutpostConnectionError } from './errors.js';

export interface PatienceParams {
  readonly signal: AbortSignal | undefined;
  readonly maxFailures: number;
  readonly random: () => number;
  /** Milliseconds since the epoch by which all must be over. */
  readonly deadline?: number | undefined;
  /** Whether a repeat may help, and does no harm. Default: `mayPass`. */
  readonly isRepeatable?: ((error: unknown) => boolean) | undefined;
}

const FIRST_DELAY_MS = 250;
const MAX_DELAY_MS = 8_000;
/** setTimeout takes no more, and would fire at once. */
export const MAX_TIMER_MS = 2_147_483_647;

/** Counts failures in a row of something that is repeated, and waits between them. */
export class Patience {
  readonly #params: PatienceParams;
  #failures = 0;

  constructor(params: PatienceParams) {
    this.#params = params;
  }

  /** It worked: the next failure counts as the first. */
  reset(): void {
    this.#failures = 0;
  }

  /** Waits before the next try; throws the error when it cannot pass, did not pass too often, or would pass too late. */
  async after(error: unknown): Promise<void> {
    const { signal, maxFailures, deadline = Infinity, isRepeatable = mayPass } = this.#params;
    signal?.throwIfAborted();
    this.#failures += 1;
    if (!isRepeatable(error) || this.#failures > maxFailures) throw error;
    const delayMs = this.#delayAfter(error);
    if (Date.now() + delayMs >= deadline) throw error;
    await pause(delayMs, signal);
  }

  /** Never sooner than asked for; up to a quarter later, so that not all who wait come at once. */
  #delayAfter(error: unknown): number {
    const asked = error instanceof OutpostApiError ? error.retryAfterSeconds : undefined;
    const backOffMs = Math.min(FIRST_DELAY_MS * 2 ** (this.#failures - 1), MAX_DELAY_MS);
    const delayMs = (asked === undefined ? backOffMs : asked * 1_000) * (1 + this.#params.random() / 4);
    return Math.min(delayMs, MAX_TIMER_MS);
  }
}

/** Failures of the moment: of the connection, of the server, or too many requests. */
export function mayPass(error: unknown): boolean {
  if (error instanceof OutpostConnectionError) return true;
  return error instanceof OutpostApiError && (isRefusedForNow(error) || error.status >= 500);
}

/** The server did nothing with the request: it may be repeated, whatever it asks for. */
export function isRefusedForNow(error: unknown): boolean {
  return error instanceof OutpostApiError && error.status === 429;
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

import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';

/** What a key has left in its minute. */
export interface RateBudget {
  readonly limit: number;
  readonly remaining: number;
  /** Epoch seconds. */
  readonly resetAt: number;
  readonly resetInSeconds: number;
  readonly exceeded: boolean;
}

/** Requests a minute for each key. */
export class RateLimiter {
  readonly #limit: number;
  readonly #limiter: RateLimiterMemory | undefined;

  /** `perMinute` 0 turns the limit off. */
  constructor({ perMinute }: { perMinute: number }) {
    this.#limit = perMinute;
    this.#limiter = perMinute === 0 ? undefined : new RateLimiterMemory({ points: perMinute, duration: 60 });
  }

  /** Counts one request; undefined when there is no limit. */
  async consume(key: string): Promise<RateBudget | undefined> {
    if (this.#limiter === undefined) return undefined;
    try {
      return this.#budget(await this.#limiter.consume(key), false);
    } catch (refusal) {
      // The library rejects with the state of the key, not with an error, when the limit is reached.
      if (refusal instanceof RateLimiterRes) return this.#budget(refusal, true);
      throw refusal;
    }
  }

  #budget(state: RateLimiterRes, exceeded: boolean): RateBudget {
    const resetInSeconds = Math.ceil(state.msBeforeNext / 1000);
    return {
      limit: this.#limit,
      remaining: Math.max(0, state.remainingPoints),
      resetAt: Math.ceil((Date.now() + state.msBeforeNext) / 1000),
      resetInSeconds,
      exceeded,
    };
  }
}

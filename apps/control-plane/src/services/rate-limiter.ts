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
  /** By how many requests a minute they allow. */
  readonly #limiters = new Map<number, RateLimiterMemory>();

  /** Counts one request; undefined when there is no limit (`perMinute` 0). */
  async consume(key: string, perMinute: number): Promise<RateBudget | undefined> {
    if (perMinute === 0) return undefined;
    try {
      return budgetOf(await this.#limiterOf(perMinute).consume(key), perMinute, false);
    } catch (refusal) {
      // The library rejects with the state of the key, not with an error, when the limit is reached.
      if (refusal instanceof RateLimiterRes) return budgetOf(refusal, perMinute, true);
      throw refusal;
    }
  }

  #limiterOf(perMinute: number): RateLimiterMemory {
    const known = this.#limiters.get(perMinute);
    if (known !== undefined) return known;
    const limiter = new RateLimiterMemory({ points: perMinute, duration: 60 });
    this.#limiters.set(perMinute, limiter);
    return limiter;
  }
}

function budgetOf(state: RateLimiterRes, limit: number, exceeded: boolean): RateBudget {
  return {
    limit,
    remaining: Math.max(0, state.remainingPoints),
    resetAt: Math.ceil((Date.now() + state.msBeforeNext) / 1000),
    resetInSeconds: Math.ceil(state.msBeforeNext / 1000),
    exceeded,
  };
}

import type { Clock, CounterStore } from '@outpost/platform';
import type { Logger } from 'pino';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { SharedCounts } from './shared-counts.js';

/** What a key has left in its minute. */
export interface RateBudget {
  readonly limit: number;
  readonly remaining: number;
  /** Epoch seconds. */
  readonly resetAt: number;
  readonly resetInSeconds: number;
  readonly exceeded: boolean;
}

export interface RateLimiterOptions {
  readonly counters: CounterStore;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Requests a minute for each key, counted here; what other instances have counted is known a second later. */
export class RateLimiter {
  /** By how many requests a minute they allow. */
  readonly #limiters = new Map<number, RateLimiterMemory>();
  /** Of each key, as it was asked for last. */
  readonly #perMinute = new Map<string, number>();
  readonly #shared: SharedCounts;

  constructor({ counters, clock, logger }: RateLimiterOptions) {
    this.#shared = new SharedCounts({
      name: 'rate',
      store: counters,
      clock,
      logger,
      learn: async (key, count) => {
        await this.#limiterOf(this.#perMinute.get(key) ?? 0).penalty(key, count);
      },
    });
  }

  /** Counts one request; undefined when there is no limit (`perMinute` 0). */
  async consume(key: string, perMinute: number): Promise<RateBudget | undefined> {
    if (perMinute === 0) return undefined;
    this.#perMinute.set(key, perMinute);
    try {
      const state = await this.#limiterOf(perMinute).consume(key);
      this.#shared.count(key);
      return budgetOf(state, perMinute, false);
    } catch (refusal) {
      // The library rejects with the state of the key, not with an error, when the limit is reached.
      if (refusal instanceof RateLimiterRes) return budgetOf(refusal, perMinute, true);
      throw refusal;
    }
  }

  /** Resolves when what was to be told to other instances has been. */
  settled(): Promise<void> {
    return this.#shared.settled();
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

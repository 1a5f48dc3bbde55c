import { OutpostError } from '@outpost/contracts';
import { RateLimiterMemory } from 'rate-limiter-flexible';

/** Damps guessing: how often calls from one address may fail to authenticate in a minute, on this instance. */
export class FailedAttempts {
  readonly #limit: number;
  readonly #limiter: RateLimiterMemory | undefined;

  /** `perMinute` 0 turns the limit off. */
  constructor({ perMinute }: { perMinute: number }) {
    this.#limit = perMinute;
    this.#limiter = perMinute === 0 ? undefined : new RateLimiterMemory({ points: perMinute, duration: 60 });
  }

  /** Rejects with RATE_LIMIT_EXCEEDED. */
  async refuseTooMany(sourceIp: string | undefined): Promise<void> {
    const state = sourceIp === undefined ? null : await this.#limiter?.get(sourceIp);
    if (!state || state.consumedPoints < this.#limit) return;
    const retryAfterSeconds = Math.max(1, Math.ceil(state.msBeforeNext / 1_000));
    throw new OutpostError(
      'RATE_LIMIT_EXCEEDED',
      `Too many calls from this address without a valid API key. Try again in ${retryAfterSeconds} s.`,
      { retryAfterSeconds },
    );
  }

  async add(sourceIp: string | undefined): Promise<void> {
    if (sourceIp !== undefined) await this.#limiter?.penalty(sourceIp);
  }
}

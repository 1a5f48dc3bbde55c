import { OutpostError } from '@outpost/contracts';
import type { Clock, CounterStore } from '@outpost/platform';
import ipaddr from 'ipaddr.js';
import type { Logger } from 'pino';
import { RateLimiterMemory } from 'rate-limiter-flexible';
import { SharedCounts } from './shared-counts.js';

/** Of an IPv6 address: what one subscriber commonly has to himself. */
const IPV6_PREFIX_BYTES = 8;

export interface FailedAttemptsOptions {
  /** 0 turns the limit off. */
  readonly perMinute: number;
  readonly counters: CounterStore;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Damps guessing: how often calls from one address may fail to authenticate in a minute. Counted here; what other
 * instances have counted is known a second later.
 */
export class FailedAttempts {
  readonly #limit: number;
  readonly #limiter: RateLimiterMemory | undefined;
  readonly #shared: SharedCounts;

  constructor({ perMinute, counters, clock, logger }: FailedAttemptsOptions) {
    this.#limit = perMinute;
    this.#limiter = perMinute === 0 ? undefined : new RateLimiterMemory({ points: perMinute, duration: 60 });
    this.#shared = new SharedCounts({
      name: 'failed-auth',
      store: counters,
      clock,
      logger,
      learn: async (source, count) => {
        await this.#limiter?.penalty(source, count);
      },
    });
  }

  /** Rejects with RATE_LIMIT_EXCEEDED. */
  async refuseTooMany(sourceIp: string | undefined): Promise<void> {
    const state = sourceIp === undefined ? null : await this.#limiter?.get(sourceOf(sourceIp));
    if (!state || state.consumedPoints < this.#limit) return;
    const retryAfterSeconds = Math.max(1, Math.ceil(state.msBeforeNext / 1_000));
    throw new OutpostError(
      'RATE_LIMIT_EXCEEDED',
      `Too many calls from this address without a valid API key. Try again in ${retryAfterSeconds} s.`,
      { retryAfterSeconds },
    );
  }

  async add(sourceIp: string | undefined): Promise<void> {
    if (sourceIp === undefined || this.#limiter === undefined) return;
    const source = sourceOf(sourceIp);
    await this.#limiter.penalty(source);
    this.#shared.count(source);
  }

  /** Resolves when what was to be told to other instances has been. */
  settled(): Promise<void> {
    return this.#shared.settled();
  }
}

/** Whoever has one IPv6 address has all of its /64. What is no address, as a proxy may send it, stands for itself. */
function sourceOf(sourceIp: string): string {
  if (!ipaddr.isValid(sourceIp)) return sourceIp;
  const address = ipaddr.process(sourceIp);
  if (address.kind() === 'ipv4') return address.toString();
  return `${Buffer.from(address.toByteArray().slice(0, IPV6_PREFIX_BYTES)).toString('hex')}/64`;
}

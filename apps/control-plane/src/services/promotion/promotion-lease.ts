import type { LeaseStore, PromotionKey } from '@outpost/platform';
import { OutpostError } from '@outpost/contracts';
import type { Logger } from 'pino';
import { attempt } from '../attempt.js';

export interface PromotionLeaseOptions {
  readonly leases: LeaseStore;
  /** A promoter that dies is taken over after this. */
  readonly ttlMs: number;
  /** Until another is done. */
  readonly maxWaitMs: number;
  readonly pauseMs: number;
  /** Resolves after so many milliseconds. */
  readonly pause: (ms: number) => Promise<void>;
  readonly newHolder: () => string;
  readonly logger: Logger;
}

/** One promoter at a time for each dispatch and branch, over all instances. */
export class PromotionLease {
  readonly #options: PromotionLeaseOptions;

  constructor(options: PromotionLeaseOptions) {
    this.#options = options;
  }

  /** Waits for whoever has it. Rejects with SERVICE_UNAVAILABLE when that takes too long. */
  async hold<T>(key: PromotionKey, work: () => Promise<T>): Promise<T> {
    const { maxWaitMs, pauseMs, pause } = this.#options;
    for (let waitedMs = 0; waitedMs <= maxWaitMs; waitedMs += pauseMs) {
      const held = await this.tryHold(key, work);
      if (held !== undefined) return held.result;
      await pause(pauseMs);
    }
    throw new OutpostError(
      'SERVICE_UNAVAILABLE',
      'This promotion is under way. Repeat the call to see its end.',
      {
        retryAfterSeconds: 10,
      },
    );
  }

  /** Undefined when another has it. */
  async tryHold<T>(key: PromotionKey, work: () => Promise<T>): Promise<{ readonly result: T } | undefined> {
    const { leases, ttlMs, newHolder, logger } = this.#options;
    const lease = { name: `promotion#${key.tenantId}#${key.dispatchId}#${key.branch}`, holder: newHolder() };
    if (!(await leases.acquire({ ...lease, ttlMs }))) return undefined;
    const renew = () =>
      void attempt(logger, 'renew promotion', async () => void (await leases.acquire({ ...lease, ttlMs })));
    const timer = setInterval(renew, ttlMs / 3);
    try {
      return { result: await work() };
    } finally {
      clearInterval(timer);
      await attempt(logger, 'release promotion', () => leases.release(lease));
    }
  }
}

import type { LeaseStore } from '@outpost/platform';
import type { Logger } from 'pino';
import { attempt } from './attempt.js';
import type { ApiKeyUsageCounter } from './api-key-usage.js';
import type { AuditLogger } from './audit-logger.js';
import type { EventPublisher } from './event-publisher.js';
import type { Housekeeping } from './housekeeping.js';
import type { Metrics } from './metrics.js';
import type { PoolManager } from './pool-manager.js';
import type { PromotionsAhead } from './promotion/promotions-ahead.js';
import type { Reaper } from './reaper.js';
import type { Scheduler } from './scheduler.js';
import type { WebhookDeliverer } from './webhook-deliverer.js';

const LEASE = 'reconciler';

interface ReconcilerOptions {
  readonly leases: LeaseStore;
  /** Of the lease: unique to this instance. */
  readonly instanceId: string;
  /** Some rounds: it is renewed with each. */
  readonly leaseTtlMs: number;
  readonly reaper: Pick<Reaper, 'reapAll'>;
  readonly scheduler: Pick<Scheduler, 'admitWaiting'>;
  readonly publisher: Pick<EventPublisher, 'handOnDue'>;
  readonly deliverer: Pick<WebhookDeliverer, 'deliverDue'>;
  readonly pool: Pick<PoolManager, 'tick'>;
  readonly promotionsAhead: Pick<PromotionsAhead, 'tick'>;
  readonly housekeeping: Pick<Housekeeping, 'cleanUp'>;
  readonly keyUsage: Pick<ApiKeyUsageCounter, 'flushIfDue'>;
  readonly audit: Pick<AuditLogger, 'storeLeft'>;
  readonly metrics: Pick<Metrics, 'observeIfDue' | 'standBy'>;
  readonly logger: Logger;
}

/**
 * Brings every dispatch to an end, whatever died on the way. Idempotent: each step is one conditional write, so the
 * lease only saves the other instances the work. Every instance serves the queue, sends to webhooks, and writes what it
 * has counted.
 */
export class Reconciler {
  readonly #options: ReconcilerOptions;

  constructor(options: ReconcilerOptions) {
    this.#options = options;
  }

  /** One round. A step that fails is logged and does not keep the others from being taken. */
  async tick(): Promise<void> {
    const { reaper, scheduler, publisher, deliverer, pool, housekeeping } = this.#options;
    const { promotionsAhead, keyUsage, audit, metrics, logger } = this.#options;
    const isHolder = await this.#holdsLease();
    if (isHolder) await attempt(logger, 'reap', () => reaper.reapAll());
    await attempt(logger, 'admit', () => scheduler.admitWaiting());
    await attempt(logger, 'count key usage', () => keyUsage.flushIfDue());
    await attempt(logger, 'audit', () => audit.storeLeft());
    if (isHolder) await attempt(logger, 'publish', () => publisher.handOnDue());
    await attempt(logger, 'send to webhooks', () => deliverer.deliverDue());
    if (!isHolder) {
      metrics.standBy();
      return;
    }
    promotionsAhead.tick();
    await attempt(logger, 'pool', () => pool.tick());
    await attempt(logger, 'clean up', () => housekeeping.cleanUp());
    await attempt(logger, 'measure', () => metrics.observeIfDue());
  }

  /** Lets another instance take over at once. Call it when no round is under way, nor any to follow. */
  async release(): Promise<void> {
    const { leases, instanceId, logger } = this.#options;
    await attempt(logger, 'release', () => leases.release({ name: LEASE, holder: instanceId }));
  }

  async #holdsLease(): Promise<boolean> {
    const { leases, instanceId, leaseTtlMs, logger } = this.#options;
    let isHolder = false;
    await attempt(logger, 'lease', async () => {
      isHolder = await leases.acquire({ name: LEASE, holder: instanceId, ttlMs: leaseTtlMs });
    });
    return isHolder;
  }
}

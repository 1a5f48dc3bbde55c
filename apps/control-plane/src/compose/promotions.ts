import type { Clock, ControlPlatform } from '@outpost/platform';
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Config } from '../config.js';
import { Promoter } from '../services/promotion/promoter.js';
import { PromotionsAhead } from '../services/promotion/promotions-ahead.js';
import { PromotionLease } from '../services/promotion/promotion-lease.js';
import type { SecretInjector } from '../services/secret-injector.js';
import type { Tenants } from '../services/tenants.js';

/** Renewed three times in each; after it, another takes over from a promoter that died. */
const LEASE_MS = 10_000;
/** As long as the work of another may take. */
const MAX_WAIT_MS = 300_000;
const PAUSE_MS = 250;

/** What promotes by hand, and ahead, with what it needs. */
export function createPromotions(parts: {
  readonly config: Config;
  readonly platform: ControlPlatform;
  readonly secrets: SecretInjector;
  readonly tenants: Tenants;
  readonly clock: Clock;
  readonly logger: Logger;
}): { readonly promoter: Promoter; readonly promotionsAhead: PromotionsAhead } {
  const { config, platform, logger } = parts;
  const lease = new PromotionLease({
    leases: platform.leases,
    ttlMs: LEASE_MS,
    maxWaitMs: MAX_WAIT_MS,
    pauseMs: PAUSE_MS,
    pause: (ms) => sleep(ms),
    newHolder: randomUUID,
    logger,
  });
  const common = { ...platform, ...parts, lease, allowLocal: config.mode === 'local' };
  const promoter = new Promoter({ ...common, ...config.promotion });
  return { promoter, promotionsAhead: new PromotionsAhead({ ...common, promoter }) };
}

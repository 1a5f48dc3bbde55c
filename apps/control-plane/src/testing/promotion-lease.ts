import type { ControlPlatform } from '@outpost/platform';
import { randomUUID } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { pino } from 'pino';
import { PromotionLease, type PromotionLeaseOptions } from '../services/promotion/promotion-lease.js';

export const LEASE_MS = 10_000;

/** A lease that waits without taking time. */
export function promotionLease(
  { leases }: Pick<ControlPlatform, 'leases'>,
  overrides: Partial<PromotionLeaseOptions> = {},
): PromotionLease {
  return new PromotionLease({
    leases,
    ttlMs: LEASE_MS,
    maxWaitMs: 1_000_000,
    pauseMs: 1,
    pause: () => setImmediate(),
    newHolder: randomUUID,
    logger: pino({ level: 'silent' }),
    ...overrides,
  });
}

import type { Clock, ControlPlatform } from '@outpost/platform';
import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import type { Config } from '../config.js';
import { PoolManager } from '../services/pool-manager.js';
import { PoolSupervisor, type PoolPolicy } from '../services/pool-supervisor.js';
import type { Tenants } from '../services/tenants.js';

export const POOL_POLICY: PoolPolicy = {
  startTimeoutMs: 300_000,
  stopGraceMs: 60_000,
  wipeGraceMs: 120_000,
  missingGraceMs: 60_000,
};

/** Warm workers, and who looks after them. */
export function createPool(options: {
  readonly config: Config;
  readonly platform: ControlPlatform;
  readonly tenants: Tenants;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly newWorkerId?: () => string;
  readonly poolPolicy?: PoolPolicy;
}): PoolManager {
  const {
    config,
    platform,
    clock,
    tenants,
    logger,
    newWorkerId = randomUUID,
    poolPolicy = POOL_POLICY,
  } = options;
  const { dispatches, tasks, pool: workers } = platform;
  return new PoolManager({
    workers,
    supervisor: new PoolSupervisor({ workers, tasks, dispatches, policy: poolPolicy, clock, logger }),
    dispatches,
    ...config.warm,
    tenants,
    perAgent: config.limits.perAgent,
    clock,
    newWorkerId,
    logger,
  });
}

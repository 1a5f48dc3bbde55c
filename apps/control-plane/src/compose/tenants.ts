import type { Clock, ControlPlatform } from '@outpost/platform';
import type { Config } from '../config.js';
import { Tenants } from '../services/tenants.js';

/** What is not set for a tenant is as the fleet has it. */
export function createTenants(
  config: Config,
  { tenants: store, dispatches }: ControlPlatform,
  clock: Clock,
): Tenants {
  return new Tenants({
    store,
    dispatches,
    clock,
    defaultsOf: (tenantId) => ({
      maxConcurrent: config.limits.perTenant,
      weight: config.tenantWeights.get(tenantId) ?? 1,
      requestsPerMinute: config.rateLimitPerMinute,
      workspaceQuotaMb: config.workspaces.quotaMb,
      repositoryHosts: undefined,
    }),
  });
}

import type { TenantPolicy, Tenants } from '../services/tenants.js';

/** Tenants that are all alike, but for what is said of some. */
export function tenantsOf(
  common: Partial<TenantPolicy>,
  special: Readonly<Record<string, Partial<TenantPolicy>>> = {},
): Pick<Tenants, 'policyOf' | 'policiesOf'> {
  const policyOf = (tenantId: string): TenantPolicy => ({
    isSuspended: false,
    isOverBudget: false,
    maxConcurrent: 1_000,
    weight: 1,
    requestsPerMinute: 0,
    workspaceQuotaMb: 10_240,
    repositoryHosts: undefined,
    ...common,
    ...special[tenantId],
  });
  return {
    policyOf: async (tenantId) => policyOf(tenantId),
    policiesOf: async (tenantIds) => new Map(tenantIds.map((tenantId) => [tenantId, policyOf(tenantId)])),
  };
}

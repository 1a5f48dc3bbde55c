import type { Share } from '../domain/fair-share.js';
import type { Tenants } from './tenants.js';

/** Of a tenant that is suspended or over its budget, or that nothing is known of. */
export const NOTHING: Share = { maxConcurrent: 0, weight: 1 };

/** What each of these tenants is due now. */
export async function sharesOf(
  tenants: Pick<Tenants, 'policiesOf'>,
  tenantIds: readonly string[],
): Promise<ReadonlyMap<string, Share>> {
  const policies = await tenants.policiesOf(tenantIds);
  return new Map(
    [...policies].map(([tenantId, policy]) => [
      tenantId,
      policy.isSuspended || policy.isOverBudget ? NOTHING : policy,
    ]),
  );
}

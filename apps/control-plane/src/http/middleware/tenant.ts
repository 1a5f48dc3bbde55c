import { OPERATOR_TENANT, OutpostError } from '@outpost/contracts';
import type { MiddlewareHandler } from 'hono';
import type { Tenants } from '../../services/tenants.js';
import type { AppEnv } from '../app-env.js';

export function refuseSuspended(tenants: Pick<Tenants, 'policyOf'>): MiddlewareHandler<AppEnv> {
  return async (context, next) => {
    const principal = context.get('principal');
    if (principal !== undefined && (await tenants.policyOf(principal.tenantId)).isSuspended) {
      throw new OutpostError(
        'AUTHORIZATION_ERROR',
        `Tenant ${principal.tenantId} is suspended. Whoever runs this Outpost can say why.`,
      );
    }
    await next();
  };
}

/** What concerns all tenants is for the one that runs Outpost. */
export const requireOperator: MiddlewareHandler<AppEnv> = async (context, next) => {
  if (context.get('principal')?.tenantId !== OPERATOR_TENANT) {
    throw new OutpostError(
      'AUTHORIZATION_ERROR',
      `This needs a key of tenant ${OPERATOR_TENANT} with the scope admin: it concerns all tenants.`,
    );
  }
  await next();
};

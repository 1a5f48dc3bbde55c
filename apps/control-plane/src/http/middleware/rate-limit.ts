import { OutpostError } from '@outpost/contracts';
import type { MiddlewareHandler } from 'hono';
import type { AppEnv } from '../app-env.js';
import type { RateLimiter } from '../../services/rate-limiter.js';
import type { Tenants } from '../../services/tenants.js';

/** Counts the request against its key, and says in X-RateLimit-* what is left. */
export function rateLimit(
  limiter: RateLimiter,
  tenants: Pick<Tenants, 'policyOf'>,
): MiddlewareHandler<AppEnv> {
  return async (context, next) => {
    const principal = context.get('principal');
    const policy = principal && (await tenants.policyOf(principal.tenantId));
    const budget = policy && (await limiter.consume(principal.apiKeyId, policy.requestsPerMinute));
    if (budget !== undefined) {
      context.header('X-RateLimit-Limit', String(budget.limit));
      context.header('X-RateLimit-Remaining', String(budget.remaining));
      context.header('X-RateLimit-Reset', String(budget.resetAt));
      if (budget.exceeded) {
        throw new OutpostError(
          'RATE_LIMIT_EXCEEDED',
          `More than ${budget.limit} requests in a minute. Try again in ${budget.resetInSeconds} s.`,
          { retryAfterSeconds: budget.resetInSeconds },
        );
      }
    }
    await next();
  };
}

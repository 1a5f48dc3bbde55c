import { hasScope, OutpostError, type Scope } from '@outpost/contracts';
import type { Context, MiddlewareHandler } from 'hono';
import type { AppEnv } from '../app-env.js';
import type { ApiKeys } from '../../services/api-keys.js';

/** Finds out who calls, by `X-API-Key` or `Authorization: Bearer`. */
export function authenticate(apiKeys: ApiKeys): MiddlewareHandler<AppEnv> {
  return async (context, next) => {
    const principal = await apiKeys.authenticate(presentedKey(context));
    context.set('principal', principal);
    context.set(
      'logger',
      context.get('logger').child({ tenantId: principal.tenantId, apiKeyId: principal.apiKeyId }),
    );
    await next();
  };
}

export function requireScope(scope: Scope): MiddlewareHandler<AppEnv> {
  return async (context, next) => {
    const principal = context.get('principal');
    if (principal === undefined || !hasScope(principal.scopes, scope)) {
      throw new OutpostError(
        'AUTHORIZATION_ERROR',
        `This needs the scope ${scope}; the key has ${principal?.scopes.join(', ') ?? 'none'}.`,
      );
    }
    await next();
  };
}

function presentedKey(context: Context<AppEnv>): string | undefined {
  const bearer = /^Bearer\s+(\S+)\s*$/i.exec(context.req.header('authorization') ?? '');
  return context.req.header('x-api-key') ?? bearer?.[1];
}

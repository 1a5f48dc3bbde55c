import { hasScope, OutpostError, type Scope } from '@outpost/contracts';
import type { Context, MiddlewareHandler } from 'hono';
import type { ApiKeys, Identity } from '../../services/api-keys.js';
import type { FailedAttempts } from '../../services/failed-attempts.js';
import type { AppEnv } from '../app-env.js';

/** Finds out who calls, by `X-API-Key` or `Authorization: Bearer`. */
export function authenticate(apiKeys: ApiKeys, failedAttempts: FailedAttempts): MiddlewareHandler<AppEnv> {
  return async (context, next) => {
    const { sourceIp } = context.get('caller');
    const key = presentedKey(context);
    // Others may call from the same address: keys that are known here are let in.
    if (!apiKeys.isRemembered(key)) await failedAttempts.refuseTooMany(sourceIp);
    const identity = await apiKeys.identify(key);
    if (identity.refused !== undefined) {
      await failedAttempts.add(sourceIp);
      context.set('refusedPrincipal', identity.principal);
      context.get('logger').warn({ sourceIp, reason: identity.refused }, 'API key refused');
      throw refusal(identity);
    }
    const { principal } = identity;
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

/** A wrong, a revoked, an expired and an unknown key read alike: none tells that it ever was one. */
function refusal({ refused }: Identity): OutpostError {
  return new OutpostError(
    'AUTHENTICATION_ERROR',
    refused === 'missing'
      ? 'Send an API key: X-API-Key: otp_… or Authorization: Bearer otp_…'
      : 'The API key is not valid. Keys are otp_ and 64 hex digits, and may be revoked or have expired.',
  );
}

/** The key as it was sent; whether it is one is not looked at. */
export function presentedKey(context: Context<AppEnv>): string | undefined {
  const bearer = /^Bearer\s+(\S+)\s*$/i.exec(context.req.header('authorization') ?? '');
  return context.req.header('x-api-key') ?? bearer?.[1];
}

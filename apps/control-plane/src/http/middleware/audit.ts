import { OutpostError, type AuditEvent, type RouteDefinition } from '@outpost/contracts';
import type { Context, MiddlewareHandler } from 'hono';
import type { AuditLogger } from '../../services/audit-logger.js';
import type { Principal } from '../../services/index.js';
import type { AppEnv } from '../app-env.js';

/** Records a call that changes something, and any that is denied, once it has been answered. */
export function audited(
  route: Pick<RouteDefinition, 'audit'>,
  audit: AuditLogger,
): MiddlewareHandler<AppEnv> {
  return async (context, next) => {
    await next();
    const { status } = context.res;
    const principal = context.get('principal') ?? context.get('refusedPrincipal');
    const isDenied = status === 401 || status === 403;
    // One that is not even looked at must not cost a write.
    if (principal === undefined || status === 429) return;
    if (route.audit === undefined && !isDenied) return;
    audit.record(eventOf(route, context, principal));
  };
}

function eventOf(
  route: Pick<RouteDefinition, 'audit'>,
  context: Context<AppEnv>,
  principal: Principal,
): AuditEvent {
  const { sourceIp, userAgent } = context.get('caller');
  const { status, headers } = context.res;
  // What was made has its own address.
  const resource = (headers.get('location') ?? context.req.path).replace(/^\//, '');
  const dispatchId = /^dispatch\/([0-9A-Z]{26})\b/.exec(resource)?.[1];
  return {
    tenantId: principal.tenantId,
    actor: { kind: 'api_key', id: principal.apiKeyId },
    action: route.audit ?? 'access.denied',
    resource: route.audit === undefined ? `${context.req.method} ${context.req.path}` : resource,
    outcome: outcomeOf(status),
    ...(dispatchId !== undefined && { dispatchId }),
    // The message may quote what was sent.
    ...(context.error instanceof OutpostError && { detail: context.error.code }),
    requestId: context.get('requestId'),
    ...(sourceIp !== undefined && { sourceIp }),
    ...(userAgent !== undefined && { userAgent }),
  };
}

function outcomeOf(status: number): AuditEvent['outcome'] {
  if (status === 401 || status === 403) return 'denied';
  return status < 400 ? 'success' : 'failure';
}

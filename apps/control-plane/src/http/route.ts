import { zValidator } from '@hono/zod-validator';
import {
  OutpostError,
  ROUTES,
  type OperationId,
  type RouteDefinition,
  type RouteTable,
} from '@outpost/contracts';
import type { Context, Hono, MiddlewareHandler } from 'hono';
import type { z } from 'zod';
import type { AppEnv } from './app-env.js';
import { audited } from './middleware/audit.js';
import { authenticate, requireScope } from './middleware/auth.js';
import { limitValues } from './middleware/limit-values.js';
import { rateLimit } from './middleware/rate-limit.js';
import { refuseSuspended, requireOperator } from './middleware/tenant.js';
import { validationError, type ValidationTarget } from './validation-error.js';
import type { Principal, Services } from '../services/index.js';

type Output<
  R extends RouteDefinition,
  Part extends 'params' | 'query' | 'header' | 'json',
> = R[Part] extends z.ZodType ? z.output<R[Part]> : undefined;

/** A request that has passed authentication, authorisation, rate limit and validation. */
export interface RouteRequest<R extends RouteDefinition> {
  readonly params: Output<R, 'params'>;
  readonly query: Output<R, 'query'>;
  readonly header: Output<R, 'header'>;
  readonly json: Output<R, 'json'>;
  readonly principal: R['access'] extends 'public' | 'signed' ? undefined : Principal;
  readonly context: Context<AppEnv>;
}

type Handler<K extends OperationId> = (request: RouteRequest<RouteTable[K]>) => Response | Promise<Response>;

/** Serves an operation of the route table with `handler`: the table says who may call it and what it takes. */
export type Serve = <K extends OperationId>(operationId: K, handler: Handler<K>) => void;

export function serveOn(app: Hono<AppEnv>, services: Services): Serve {
  const limiter = rateLimit(services.rateLimiter, services.tenants);
  return (operationId, handler) => {
    const route: RouteDefinition = ROUTES[operationId];
    const chain = [...guards(route, services, limiter), ...validators(route)];
    app.on(route.method.toUpperCase(), [route.path], ...chain, (context: Context<AppEnv>) =>
      handler(requestOf(route, context) as unknown as Parameters<typeof handler>[0]),
    );
  };
}

function guards(route: RouteDefinition, services: Services, limiter: MiddlewareHandler): MiddlewareHandler[] {
  if (route.access === 'public' || route.access === 'signed') return [];
  return [
    ...keyGuards(route, services, limiter),
    ...(route.access === 'operator'
      ? [requireOperator, requireScope('admin')]
      : [requireScope(route.access)]),
  ];
}

/** For whoever has a key, whatever it may do. */
export function keyGuards(
  route: Pick<RouteDefinition, 'audit'>,
  services: Services,
  limiter: MiddlewareHandler,
): MiddlewareHandler[] {
  return [
    audited(route, services.audit),
    authenticate(services.apiKeys, services.failedAttempts),
    limiter,
    refuseSuspended(services.tenants),
  ];
}

function validators(route: RouteDefinition): MiddlewareHandler[] {
  return [
    ...(route.params === undefined ? [] : [validator('param', route.params)]),
    ...(route.query === undefined ? [] : [validator('query', route.query)]),
    ...(route.header === undefined ? [] : [validator('header', route.header)]),
    ...(route.json === undefined ? [] : [requireJson, limitValues, validator('json', route.json)]),
    ...(route.method === 'post' && route.json === undefined ? [refuseBody] : []),
  ];
}

function validator(target: ValidationTarget, schema: z.ZodType): MiddlewareHandler {
  return zValidator(target, schema, (result) => {
    if (!result.success) throw validationError(target, schema, result.error.issues);
  });
}

// Without it, a body sent as a form (curl's default) would be reported as one whose every field is missing.
const requireJson: MiddlewareHandler = async (context, next) => {
  const type = context.req.header('content-type') ?? '';
  if (!/^application\/([\w.-]+\+)?json\b/i.test(type)) {
    const message = `must be application/json, not ${type === '' ? 'absent' : type}`;
    throw new OutpostError('VALIDATION_ERROR', `header.content-type ${message}`, {
      details: [{ path: 'header.content-type', message }],
    });
  }
  await next();
};

// Who sends something means something by it. Clients that always send JSON send `{}` for nothing.
const refuseBody: MiddlewareHandler = async (context, next) => {
  const body = (await context.req.text()).trim();
  if (body !== '' && body !== '{}') {
    const message = 'is not taken here: leave it out';
    throw new OutpostError('VALIDATION_ERROR', `body ${message}`, { details: [{ path: 'body', message }] });
  }
  await next();
};

function requestOf(route: RouteDefinition, context: Context<AppEnv>): Record<string, unknown> {
  const valid = (target: ValidationTarget): unknown => context.req.valid(target as never);
  return {
    params: route.params && valid('param'),
    query: route.query && valid('query'),
    header: route.header && valid('header'),
    json: route.json && valid('json'),
    principal: context.get('principal'),
    context,
  };
}

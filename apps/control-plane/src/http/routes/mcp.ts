import { OutpostClient } from '@outpost/client';
import { answerMcp } from '@outpost/mcp';
import type { Context, Hono } from 'hono';
import type { Services } from '../../services/index.js';
import type { AppEnv } from '../app-env.js';
import { inProcessFetch } from '../in-process-fetch.js';
import { presentedKey } from '../middleware/auth.js';
import { refuseForeignOrigin } from '../middleware/origin.js';
import { rateLimit } from '../middleware/rate-limit.js';
import { keyGuards } from '../route.js';

export interface McpRouteOptions {
  readonly services: Services;
  readonly version: string;
  readonly shutdown: AbortSignal;
}

/**
 * The Model Context Protocol. What a tool does, it asks of this server's own routes with the key of the caller: no tool
 * may do what its caller may not.
 */
export function mcpRoutes(app: Hono<AppEnv>, { services, version, shutdown }: McpRouteOptions): void {
  const guards = keyGuards({}, services, rateLimit(services.rateLimiter, services.tenants));
  app.on('POST', '/mcp', refuseForeignOrigin, ...guards, async (context: Context<AppEnv>) => {
    const client = new OutpostClient({
      baseUrl: new URL(context.req.url).origin,
      // The guards have let it in.
      apiKey: presentedKey(context)!,
      fetch: inProcessFetch(app, context),
      // What is refused here would be refused again; the caller is told when a repeat may succeed.
      maxRetries: 0,
    });
    const signal = AbortSignal.any([shutdown, context.req.raw.signal]);
    return answerMcp(context.req.raw, { client, version, signal });
  });
  // There are no sessions: nothing to be told outside of an answer (GET), and nothing to end (DELETE).
  app.on(['GET', 'DELETE'], '/mcp', (context) => context.body(null, 405, { Allow: 'POST' }));
}

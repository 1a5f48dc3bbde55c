import { Hono } from 'hono';
import { requestId } from 'hono/request-id';
import type { Logger } from 'pino';
import type { Services } from '../services/index.js';
import type { AppEnv } from './app-env.js';
import { findCaller } from './middleware/caller.js';
import { errorHandler, notFound, requireUrl } from './middleware/errors.js';
import { limitBody } from './middleware/limit-body.js';
import { requestLog } from './middleware/request-log.js';
import { serveOn } from './route.js';
import { apiKeyRoutes } from './routes/api-keys.js';
import { artifactRoutes } from './routes/artifacts.js';
import { auditRoutes } from './routes/audit.js';
import { contextDocumentRoutes } from './routes/context-documents.js';
import { dispatchRoutes } from './routes/dispatches.js';
import { docsRoutes } from './routes/docs.js';
import { eventRoutes } from './routes/events.js';
import { fleetRoutes } from './routes/fleet.js';
import { healthRoutes } from './routes/health.js';
import { logRoutes } from './routes/logs.js';
import { mcpRoutes } from './routes/mcp.js';
import { metricsRoutes } from './routes/metrics.js';
import { openApiRoutes } from './routes/openapi.js';
import { promotionRoutes } from './routes/promotions.js';
import { tenantRoutes } from './routes/tenants.js';
import { webhookRoutes } from './routes/webhooks.js';
import { workspaceRoutes } from './routes/workspaces.js';

export interface AppOptions {
  readonly services: Services;
  readonly logger: Logger;
  readonly version: string;
  /** How many proxies in front of it add the address of who calls them to X-Forwarded-For. */
  readonly trustedProxies: number;
  /** Aborted when the server shuts down: ends the streams that followers hold open. */
  readonly shutdown: AbortSignal;
}

/** The HTTP API. What runs before a handler stands here, in its order; the rest is in the route table. */
export function createApp({ services, logger, version, trustedProxies, shutdown }: AppOptions): Hono<AppEnv> {
  const app = new Hono<AppEnv>();
  const serve = serveOn(app, services);

  app.onError(errorHandler(logger));
  app.notFound(notFound);

  app.use(requestId({ limitLength: 128 }));
  app.use(requireUrl);
  healthRoutes(serve, { readiness: services.readiness, version });
  app.use(limitBody);
  app.use(requestLog(logger));
  app.use(findCaller(trustedProxies));
  dispatchRoutes(serve, services);
  logRoutes(serve, services, shutdown);
  eventRoutes(serve, services, shutdown);
  fleetRoutes(serve, services);
  artifactRoutes(serve, services);
  apiKeyRoutes(serve, services);
  auditRoutes(serve, services);
  contextDocumentRoutes(serve, services);
  promotionRoutes(serve, services);
  tenantRoutes(serve, services);
  metricsRoutes(serve, services);
  webhookRoutes(serve, services);
  workspaceRoutes(serve, services);
  openApiRoutes(serve, version);
  docsRoutes(serve);
  mcpRoutes(app, { services, version, shutdown });
  return app;
}

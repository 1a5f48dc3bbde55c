import type { ApiKeyUsageCounter } from './api-key-usage.js';
import type { ApiKeys } from './api-keys.js';
import type { ArtifactManager } from './artifact-manager.js';
import type { AuditLogger } from './audit-logger.js';
import type { ContextDocuments } from './context-documents.js';
import type { DispatchHistory } from './dispatch-history.js';
import type { Dispatcher } from './dispatcher.js';
import type { FailedAttempts } from './failed-attempts.js';
import type { Fleet } from './fleet.js';
import type { Metrics } from './metrics.js';
import type { PoolManager } from './pool-manager.js';
import type { Promoter } from './promotion/promoter.js';
import type { PromotionsAhead } from './promotion/promotions-ahead.js';
import type { PrometheusMetrics } from './prometheus-metrics.js';
import type { RateLimiter } from './rate-limiter.js';
import type { Readiness } from './readiness.js';
import type { Reconciler } from './reconciler.js';
import type { RunManifests } from './run-manifests.js';
import type { Scheduler } from './scheduler.js';
import type { StatusTracker } from './status-tracker.js';
import type { Tenants } from './tenants.js';
import type { Workspaces } from './workspaces.js';

import type { TaskLauncher } from './task-launcher.js';
import type { WebhookDeliverer } from './webhook-deliverer.js';
import type { Webhooks } from './webhooks.js';

export type { Principal } from './api-keys.js';
export type { Accepted } from './dispatcher.js';

/** What the HTTP layer may call. */
export interface Services {
  readonly apiKeys: ApiKeys;
  readonly keyUsage: ApiKeyUsageCounter;
  readonly artifacts: ArtifactManager;
  readonly audit: AuditLogger;
  readonly contextDocuments: ContextDocuments;
  readonly deliverer: WebhookDeliverer;
  readonly dispatcher: Dispatcher;
  readonly failedAttempts: FailedAttempts;
  readonly fleet: Fleet;
  readonly history: DispatchHistory;
  readonly launcher: TaskLauncher;
  readonly manifests: RunManifests;
  readonly metrics: Metrics;
  readonly pool: PoolManager;
  readonly prometheus: PrometheusMetrics;
  readonly promoter: Promoter;
  readonly promotionsAhead: PromotionsAhead;
  readonly rateLimiter: RateLimiter;
  readonly readiness: Readiness;
  readonly reconciler: Reconciler;
  readonly scheduler: Scheduler;
  readonly statusTracker: StatusTracker;
  readonly tenants: Tenants;
  readonly webhooks: Webhooks;
  readonly workspaces: Workspaces;
}

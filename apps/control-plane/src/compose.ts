import { systemClock, type Clock, type ControlPlatform } from '@outpost/platform';
import { createLocalControlPlatform } from '@outpost/platform/local';
import type { Sandboxes } from '@outpost/platform/sandbox';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import { createPool } from './compose/pool.js';
import { createPromotions } from './compose/promotions.js';
import { createTenants } from './compose/tenants.js';
import type { Config } from './config.js';
import type { ReapPolicy } from './domain/reap.js';
import { workerEnvironment } from './worker-environment.js';
import { workerProgram } from './worker-program.js';
import { AgentHistory } from './services/agent-history.js';
import { ApiKeyUsageCounter } from './services/api-key-usage.js';
import { ApiKeys } from './services/api-keys.js';
import { ArtifactManager } from './services/artifact-manager.js';
import { AuditLogger } from './services/audit-logger.js';
import { ContextDocuments } from './services/context-documents.js';
import { DispatchHistory } from './services/dispatch-history.js';
import { Dispatcher } from './services/dispatcher.js';
import { EmbeddedMetrics } from './services/embedded-metrics.js';
import { EventPublisher } from './services/event-publisher.js';
import { FollowUps } from './services/follow-ups.js';
import { FailedAttempts } from './services/failed-attempts.js';
import { Fleet } from './services/fleet.js';
import { Housekeeping } from './services/housekeeping.js';
import type { Services } from './services/index.js';
import { Metrics } from './services/metrics.js';
import type { PoolPolicy } from './services/pool-supervisor.js';

import { PrometheusMetrics } from './services/prometheus-metrics.js';
import { RateLimiter } from './services/rate-limiter.js';
import { Readiness } from './services/readiness.js';
import { Reaper } from './services/reaper.js';
import { Reconciler } from './services/reconciler.js';
import { RepositoryCheck } from './services/repository-check.js';
import { RunManifests } from './services/run-manifests.js';
import { Scheduler } from './services/scheduler.js';
import { SecretInjector } from './services/secret-injector.js';
import { StatusTracker } from './services/status-tracker.js';
import { TaskLauncher } from './services/task-launcher.js';
import { WebhookDeliverer } from './services/webhook-deliverer.js';
import { Webhooks } from './services/webhooks.js';
import { WorkspaceHandler } from './services/workspace-handler.js';
import { Workspaces } from './services/workspaces.js';

/** Time for a worker to upload what it has after SIGTERM, before SIGKILL: what ECS gives by default. */
const STOP_GRACE_MS = 30_000;
/** Between two looks for new lines: CloudWatch Logs limits the calls of an account. */
const FOLLOW_PAUSE_MS = { local: 200, aws: 1_000 } as const;
const CLEAN_UP_INTERVAL_MS = 60_000;
/** A worker that has reported the end has this long to put away what it had. */
const ORPHAN_GRACE_MS = 120_000;
/** Rounds that the holder of the lease may miss before another instance takes over. */
const LEASE_ROUNDS = 5;

export const REAP_POLICY: ReapPolicy = {
  launchGraceMs: 5_000,
  startTimeoutMs: 300_000,
  assignTimeoutMs: 15_000,
  relaunchBackoffMs: 2_000,
  overheadMs: 900_000,
  heartbeatTimeoutMs: 60_000,
  cancelGraceMs: 5_000,
  missingGraceMs: 60_000,
};

/** The one place that names drivers. Those of AWS are loaded where they are used: their SDK takes its time. */
export async function createPlatform(
  config: Config,
  sandboxes: Sandboxes,
  clock: Clock = systemClock,
): Promise<ControlPlatform> {
  if (config.mode === 'local') return createLocalPlatform(config, sandboxes, clock);
  const { createAwsControlPlatform } = await import('@outpost/platform/aws');
  const git = {
    path: config.path,
    home: join(config.dataDir, 'git'),
    ambient: config.environment,
    remotes: config.repositories,
  };
  const { maxBytes: maxRepositoryBytes } = config.repositoryLimits;
  const { webhooks } = config;
  return createAwsControlPlatform({ settings: config.aws, clock, git, maxRepositoryBytes, webhooks });
}

function createLocalPlatform(config: Config, sandboxes: Sandboxes, clock: Clock): ControlPlatform {
  const { command, cacheDir } = workerProgram();
  return createLocalControlPlatform({
    dataDir: config.dataDir,
    clock,
    environment: config.environment,
    remotes: config.repositories,
    maxRepositoryBytes: config.repositoryLimits.maxBytes,
    webhooks: config.webhooks,
    executables: { commands: config.agentCommands, agentsDir: config.agentsDir, path: config.path },
    worker: {
      command,
      env: { ...workerEnvironment(config), NODE_COMPILE_CACHE: cacheDir },
      stopGraceMs: STOP_GRACE_MS,
    },
    sandboxes,
  });
}

export interface ServiceOptions {
  readonly config: Config;
  readonly platform: ControlPlatform;
  readonly logger: Logger;
  readonly shutdown: AbortSignal;
  readonly clock?: Clock;
  /** From 0 to 1. */
  readonly random?: () => number;
  /** Who holds the leases: unique, unless one stands in for another that is gone. */
  readonly instanceId?: string;
  readonly newWorkerId?: () => string;
  readonly reapPolicy?: ReapPolicy;
  readonly poolPolicy?: PoolPolicy;
}

/** Every service with what it needs. */
export function createServices(options: ServiceOptions): Services {
  const { config, platform, logger, shutdown, clock = systemClock } = options;
  const { dispatches, inventory, tasks } = platform;
  const { perAgent } = config.limits;
  const audit = new AuditLogger({ store: platform.audit, clock, logger });
  const secrets = new SecretInjector({ secrets: platform.secrets, audit });
  const tenants = createTenants(config, platform, clock);
  const repositories = new RepositoryCheck({
    repositories: platform.repositories,
    secrets,
    allowLocal: config.mode === 'local',
    tenants,
  });
  const manifests = new RunManifests({
    dispatches,
    artifacts: platform.artifacts,
    signer: platform.manifestSigner,
  });
  const artifacts = new ArtifactManager({
    store: platform.artifacts,
    manifests,
    dispatches,
    downloads: platform.downloads,
  });
  const promoting = { config, platform, secrets, tenants, clock, logger };
  const { promoter, promotionsAhead } = createPromotions(promoting);
  const workspaces = new WorkspaceHandler({
    store: platform.workspaces,
    volumes: platform.volumes,
    archives: platform.workspaceArchives,
    tenants,
    audit,
    limits: config.workspaces,
    clock,
    logger,
  });
  const pool = createPool({ ...options, clock, tenants });
  const launcher = new TaskLauncher({ tasks, pool, dispatches, secrets, logger });
  const publisher = new EventPublisher({ ...platform, clock, logger });
  const { webhooks: store, webhookSender: sender } = platform;
  const deliverer = new WebhookDeliverer({
    store,
    sender,
    tenants,
    clock,
    random: options.random ?? Math.random,
    logger,
  });
  const scheduler = new Scheduler({ dispatches, launcher, tenants, perAgent, clock, logger });
  const keyUsage = new ApiKeyUsageCounter({ store: platform.apiKeys, clock });
  const agentHistory = new AgentHistory({ dispatches, clock });
  const pause = pauseOf(FOLLOW_PAUSE_MS[config.mode]);
  const policy = options.reapPolicy ?? REAP_POLICY;
  const prometheus = new PrometheusMetrics();
  const metrics = new Metrics({
    dispatches,
    outbox: platform.outbox,
    policy,
    sinks: config.mode === 'aws' ? [prometheus, new EmbeddedMetrics({ logger })] : [prometheus],
    clock,
    logger,
  });
  return {
    apiKeys: new ApiKeys({ store: platform.apiKeys, usage: keyUsage, clock }),
    keyUsage,
    artifacts,
    audit,
    contextDocuments: new ContextDocuments({ store: platform.contextDocuments, clock }),
    deliverer,
    dispatcher: new Dispatcher({
      dispatches,
      inventory,
      repositories,
      secrets,
      followUps: new FollowUps({ dispatches, artifacts: platform.artifacts }),
      workspaces,
      promotionsAhead,
      launcher,
      scheduler,
      publisher,
      tenants,
      perAgent,
      clock,
    }),
    failedAttempts: new FailedAttempts({
      perMinute: config.failedAuthPerMinute,
      counters: platform.counters,
      clock,
      logger,
    }),
    fleet: new Fleet({ dispatches, inventory, history: agentHistory, pool, tenants, perAgent }),
    history: new DispatchHistory({ dispatches, pause }),
    launcher,
    manifests,
    promoter,
    promotionsAhead,
    rateLimiter: new RateLimiter({ counters: platform.counters, clock, logger }),
    readiness: new Readiness({ ping: () => platform.ping(), shutdown }),
    metrics,
    pool,
    prometheus,
    reconciler: new Reconciler({
      leases: platform.leases,
      instanceId: options.instanceId ?? randomUUID(),
      leaseTtlMs: LEASE_ROUNDS * config.reconcileIntervalMs,
      reaper: new Reaper({
        dispatches,
        tasks,
        launcher,
        publisher,
        clock,
        policy,
        logger,
      }),
      scheduler,
      publisher,
      deliverer,
      pool,
      promotionsAhead,
      keyUsage,
      audit,
      metrics,
      housekeeping: new Housekeeping({
        dispatches,
        tasks,
        workers: platform.pool,
        artifacts: platform.artifacts,
        logs: platform.logs,
        promotions: platform.promotions,
        workspaces,
        clock,
        intervalMs: CLEAN_UP_INTERVAL_MS,
        orphanGraceMs: ORPHAN_GRACE_MS,
        logger,
      }),
      logger,
    }),
    scheduler,
    tenants,
    workspaces: new Workspaces({
      store: platform.workspaces,
      dispatches,
      handler: workspaces,
      tenants,
      clock,
    }),
    statusTracker: new StatusTracker({
      dispatches,
      logs: platform.logs,
      artifacts,
      history: agentHistory,
      promotions: platform.promotions,
      tenants,
      perAgent,
      clock,
      pause,
    }),
    webhooks: new Webhooks({ store, sender, deliverer, clock }),
  };
}

/** Waits this long, or until it is aborted. */
function pauseOf(durationMs: number): (signal: AbortSignal) => Promise<void> {
  return async (signal) => {
    await sleep(durationMs, undefined, { signal }).catch(() => undefined);
  };
}

import { systemClock, type Clock, type ControlPlatform } from '@outpost/platform';
import { createLocalControlPlatform } from '@outpost/platform/local';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Logger } from 'pino';
import type { Config } from './config.js';
import type { ReapPolicy } from './domain/reap.js';
import { workerEnvironment } from './worker-environment.js';
import { ApiKeys } from './services/api-keys.js';
import { ArtifactManager } from './services/artifact-manager.js';
import { AuditLogger } from './services/audit-logger.js';
import { Dispatcher } from './services/dispatcher.js';
import { EventPublisher } from './services/event-publisher.js';
import { Fleet } from './services/fleet.js';
import type { Services } from './services/index.js';
import { RateLimiter } from './services/rate-limiter.js';
import { Readiness } from './services/readiness.js';
import { Reconciler } from './services/reconciler.js';
import { RepositoryCheck } from './services/repository-check.js';
import { Scheduler } from './services/scheduler.js';
import { SecretInjector } from './services/secret-injector.js';
import { StatusTracker } from './services/status-tracker.js';
import { TaskLauncher } from './services/task-launcher.js';
import { WorkspaceHandler } from './services/workspace-handler.js';

/** Time for a worker to upload what it has after SIGTERM, before SIGKILL: what ECS gives by default. */
const STOP_GRACE_MS = 30_000;
/** Between two looks for new lines: CloudWatch Logs limits the calls of an account. */
const FOLLOW_PAUSE_MS = { local: 200, aws: 1_000 } as const;
const CLEAN_UP_INTERVAL_MS = 60_000;
const PUBLISH_GRACE_MS = 30_000;

export const REAP_POLICY: ReapPolicy = {
  launchGraceMs: 5_000,
  startTimeoutMs: 300_000,
  maxLaunches: 3,
  relaunchBackoffMs: 2_000,
  overheadMs: 600_000,
  heartbeatTimeoutMs: 60_000,
  missingGraceMs: 60_000,
};

/** The one place that names drivers. Those of AWS are loaded where they are used: their SDK takes its time. */
export async function createPlatform(config: Config, clock: Clock = systemClock): Promise<ControlPlatform> {
  if (config.mode === 'local') return createLocalPlatform(config, clock);
  const { createAwsControlPlatform } = await import('@outpost/platform/aws');
  const git = { path: config.path, home: join(config.dataDir, 'git'), ambient: config.environment };
  return createAwsControlPlatform({ settings: config.aws, clock, git });
}

function createLocalPlatform(config: Config, clock: Clock): ControlPlatform {
  return createLocalControlPlatform({
    dataDir: config.dataDir,
    clock,
    environment: config.environment,
    executables: { commands: config.agentCommands, agentsDir: config.agentsDir, path: config.path },
    worker: {
      command: [process.execPath, fileURLToPath(import.meta.resolve('@outpost/agent-runner/main'))],
      env: workerEnvironment(config),
      stopGraceMs: STOP_GRACE_MS,
    },
  });
}

export interface ServiceOptions {
  readonly config: Config;
  readonly platform: ControlPlatform;
  readonly logger: Logger;
  readonly shutdown: AbortSignal;
  readonly clock?: Clock;
}

/** Every service with what it needs. */
export function createServices(options: ServiceOptions): Services {
  const { config, platform, logger, shutdown, clock = systemClock } = options;
  const { dispatches, inventory, tasks } = platform;
  const { limits } = config;
  const audit = new AuditLogger({ store: platform.audit, clock, logger });
  const secrets = new SecretInjector({ secrets: platform.secrets, audit });
  const repositories = new RepositoryCheck({
    repositories: platform.repositories,
    secrets,
    allowLocal: config.mode === 'local',
  });
  const artifacts = new ArtifactManager({
    store: platform.artifacts,
    dispatches,
    downloads: platform.downloads,
  });
  const workspaces = new WorkspaceHandler({ store: platform.workspaces, volumes: platform.volumes, clock });
  const launcher = new TaskLauncher({ tasks, dispatches, secrets, logger });
  const publisher = new EventPublisher({ ...platform, clock, graceMs: PUBLISH_GRACE_MS, logger });
  const scheduler = new Scheduler({ dispatches, launcher, limits, clock });
  return {
    apiKeys: new ApiKeys({ store: platform.apiKeys, clock }),
    artifacts,
    audit,
    dispatcher: new Dispatcher({
      dispatches,
      inventory,
      repositories,
      secrets,
      workspaces,
      launcher,
      publisher,
      limits,
      clock,
    }),
    fleet: new Fleet({ dispatches, inventory, limits }),
    launcher,
    rateLimiter: new RateLimiter({ perMinute: config.rateLimitPerMinute }),
    readiness: new Readiness({ ping: () => platform.ping(), shutdown }),
    reconciler: new Reconciler({
      dispatches,
      tasks,
      launcher,
      scheduler,
      workspaces,
      publisher,
      clock,
      policy: REAP_POLICY,
      cleanUpIntervalMs: CLEAN_UP_INTERVAL_MS,
      logger,
    }),
    statusTracker: new StatusTracker({
      dispatches,
      logs: platform.logs,
      artifacts,
      pause: pauseOf(FOLLOW_PAUSE_MS[config.mode]),
    }),
  };
}

/** Waits this long, or until it is aborted. */
function pauseOf(durationMs: number): (signal: AbortSignal) => Promise<void> {
  return async (signal) => {
    await sleep(durationMs, undefined, { signal }).catch(() => undefined);
  };
}

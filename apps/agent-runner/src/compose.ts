import { systemClock, type WorkerPlatform } from '@outpost/platform';
import { createLocalWorkerPlatform, deliveredSecrets } from '@outpost/platform/local';
import type { Logger } from 'pino';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import type { WorkerConfig } from './config.js';
import { StopSignal } from './stop-signal.js';
import { AWS_WORKER_LIMITS, WORKER_LIMITS, type Worker } from './worker.js';

interface WorkerOptions {
  readonly config: WorkerConfig;
  readonly logger: Logger;
  /** Brings the secrets in local mode. */
  readonly stdin: Readable;
  /** Takes the lines of the run in aws mode, from where they go to CloudWatch. */
  readonly stdout: Writable;
}

type Place = Pick<Worker, 'platform' | 'taskArn' | 'limits'>;

/** The one place that names drivers. */
export async function createWorker(options: WorkerOptions): Promise<Worker> {
  const { config, logger } = options;
  const { tenantId, dispatchId } = config;
  return {
    ...(await placeOf(options)),
    config,
    key: { tenantId, dispatchId },
    clock: systemClock,
    logger,
    stop: new StopSignal(),
  };
}

async function placeOf({ config, stdin, stdout }: WorkerOptions): Promise<Place> {
  if (config.mode === 'local') {
    const platform = createLocalPlatform(config, await deliveredSecrets(stdin));
    return { platform, taskArn: config.local.taskArn, limits: WORKER_LIMITS };
  }
  // Loaded where it is used: the SDK takes its time.
  const { createAwsWorkerPlatform, readTaskArn } = await import('@outpost/platform/aws');
  const platform = createAwsWorkerPlatform({
    settings: config.aws,
    clock: systemClock,
    executables: executablesOf(config),
    stdout,
    spoolDir: join(config.dataDir, 'spool'),
  });
  return { platform, taskArn: await readTaskArn(config.aws), limits: AWS_WORKER_LIMITS };
}

function createLocalPlatform(config: WorkerConfig, secrets: WorkerPlatform['secrets']): WorkerPlatform {
  const { dataDir } = config;
  return createLocalWorkerPlatform({
    dataDir,
    clock: systemClock,
    secrets,
    executables: executablesOf(config),
  });
}

function executablesOf({ agentCommands, agentsDir, path }: WorkerConfig) {
  return { commands: agentCommands, agentsDir, path };
}

import { systemClock } from '@outpost/platform';
import { createLocalWorkerPlatform, deliveredSecrets } from '@outpost/platform/local';
import type { Logger } from 'pino';
import type { Readable } from 'node:stream';
import type { WorkerConfig } from './config.js';
import { StopSignal } from './stop-signal.js';
import { WORKER_LIMITS, type Worker } from './worker.js';

/** The one place that names drivers. `stdin` brings the secrets. */
export async function createWorker(params: {
  config: WorkerConfig;
  logger: Logger;
  stdin: Readable;
}): Promise<Worker> {
  const { config, logger, stdin } = params;
  const { tenantId, dispatchId, taskArn, dataDir, path, agentsDir, agentCommands } = config;
  const platform = createLocalWorkerPlatform({
    dataDir,
    clock: systemClock,
    secrets: await deliveredSecrets(stdin),
    executables: { commands: agentCommands, agentsDir, path },
  });
  return {
    config,
    platform,
    key: { tenantId, dispatchId },
    taskArn,
    clock: systemClock,
    logger,
    stop: new StopSignal(),
    limits: WORKER_LIMITS,
  };
}

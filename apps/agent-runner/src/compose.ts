import { systemClock, type WorkerPlatform } from '@outpost/platform';
import {
  createLocalWorkerPlatform,
  deliveredSecrets,
  type LocalWorkerPlatformOptions,
} from '@outpost/platform/local';
import { chooseSandboxes, type Sandboxes } from '@outpost/platform/sandbox';
import { join, resolve } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import type { WorkerConfig } from './config.js';
import { AWS_WORKER_LIMITS, WORKER_LIMITS } from './worker-limits.js';
import type { Worker } from './worker.js';

interface PlaceOptions {
  readonly config: WorkerConfig;
  /** Brings secrets, and what a warm worker is assigned, in local mode. */
  readonly stdin: Readable;
  /** Takes the lines of the run in aws mode, from where they go to CloudWatch. */
  readonly stdout: Writable;
}

/** Where a worker works: what is the same for all its dispatches. */
export interface Place extends Pick<Worker, 'taskArn' | 'clock' | 'limits'> {
  readonly platform: WorkerPlatform;
  /** To be emptied between two dispatches. */
  readonly scratchDirs: readonly string[];
  readonly sandboxes: Sandboxes;
}

/** The one place that names drivers. */
export async function openPlace({ config, stdin, stdout }: PlaceOptions): Promise<Place> {
  const { scratchDirs } = config;
  const sandboxes = await sandboxesOf(config);
  if (config.mode === 'local') {
    const platform = createLocalWorkerPlatform({
      dataDir: config.dataDir,
      clock: systemClock,
      executables: executablesOf(config),
      work: await localWorkOf(config, stdin),
    });
    return {
      platform,
      taskArn: config.local.taskArn,
      clock: systemClock,
      limits: WORKER_LIMITS,
      scratchDirs,
      sandboxes,
    };
  }
  // Loaded where it is used: the SDK takes its time.
  const { createAwsWorkerPlatform, readTaskArn } = await import('@outpost/platform/aws');
  const spoolDir = join(config.dataDir, 'spool');
  const platform = createAwsWorkerPlatform({
    settings: config.aws,
    start: config.start,
    clock: systemClock,
    executables: executablesOf(config),
    stdout,
    spoolDir,
  });
  return {
    platform,
    taskArn: await readTaskArn(config.aws),
    clock: systemClock,
    limits: AWS_WORKER_LIMITS,
    scratchDirs: [...scratchDirs, spoolDir],
    sandboxes,
  };
}

async function sandboxesOf({ mode, sandbox, path, dataDir, agentsDir }: WorkerConfig): Promise<Sandboxes> {
  const machine = { ...sandbox, path, dataDir: resolve(dataDir), agentsDir: resolve(agentsDir) };
  return chooseSandboxes(sandbox.wanted, machine, { isSettled: mode === 'local' });
}

async function localWorkOf(
  { start }: WorkerConfig,
  stdin: Readable,
): Promise<LocalWorkerPlatformOptions['work']> {
  if (start.kind === 'warm') return { workerId: start.workerId, stdin };
  const { tenantId, dispatchId } = start;
  return { tenantId, dispatchId, secrets: await deliveredSecrets(stdin) };
}

function executablesOf({ agentCommands, agentsDir, path }: WorkerConfig) {
  return { commands: agentCommands, agentsDir, path };
}

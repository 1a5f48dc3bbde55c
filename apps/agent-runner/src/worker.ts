import type { Clock, DispatchKey, WorkerPlatform } from '@outpost/platform';
import type { Logger } from 'pino';
import type { WorkerConfig } from './config.js';
import type { StopSignal } from './stop-signal.js';

/** What a run may know of how this worker was set up. */
export interface RunConfig extends Pick<WorkerConfig, 'path' | 'network' | 'agentBaseUrls'> {
  /** Bare mirrors of the tenant's repositories. */
  readonly mirrorsDir: string;
}

/** What every phase may lean on: one for each dispatch. */
export interface Worker {
  readonly config: RunConfig;
  readonly platform: WorkerPlatform;
  readonly key: DispatchKey;
  /** The task that this worker runs in. */
  readonly taskArn: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly stop: StopSignal;
  readonly limits: WorkerLimits;
}

/** What it takes to read and write the record. */
export interface RecordKeeper extends Pick<Worker, 'key' | 'taskArn' | 'clock' | 'logger'> {
  readonly platform: Pick<WorkerPlatform, 'dispatches' | 'outbox' | 'events'>;
}

export interface WorkerLimits {
  readonly heartbeatIntervalMs: number;
  /** Between SIGTERM and SIGKILL for the agent. */
  readonly agentGraceMs: number;
  readonly cloneTimeoutMs: number;
  readonly collectTimeoutMs: number;
  readonly maxLogBytes: number;
  readonly checkpointIntervalMs: number;
}

export const WORKER_LIMITS: WorkerLimits = {
  heartbeatIntervalMs: 2_000,
  agentGraceMs: 5_000,
  cloneTimeoutMs: 300_000,
  collectTimeoutMs: 120_000,
  maxLogBytes: 50 * 1024 * 1024,
  checkpointIntervalMs: 30_000,
};

/** On AWS each beat is a write that is paid for, and SIGTERM brings a cancellation sooner than the next beat. */
export const AWS_WORKER_LIMITS: WorkerLimits = { ...WORKER_LIMITS, heartbeatIntervalMs: 10_000 };

import type { Clock, DispatchKey, WorkerPlatform } from '@outpost/platform';
import type { Logger } from 'pino';
import type { WorkerConfig } from './config.js';
import type { StopSignal } from './stop-signal.js';

/** What every phase may lean on. */
export interface Worker {
  readonly config: WorkerConfig;
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
  /** The same after a cancellation, whose caller waits. */
  readonly cancelGraceMs: number;
  /** Between two looks at the record for a cancellation. */
  readonly cancelPollMs: number;
  /** From a cancellation to its report: what is not collected and stored by then follows it. */
  readonly cancelReportMs: number;
  readonly workspaceTimeoutMs: number;
  readonly cloneTimeoutMs: number;
  readonly contextTimeoutMs: number;
  readonly collectTimeoutMs: number;
  readonly uploadTimeoutMs: number;
  readonly maxLogBytes: number;
  readonly checkpointIntervalMs: number;
}

export const WORKER_LIMITS: WorkerLimits = {
  heartbeatIntervalMs: 2_000,
  agentGraceMs: 5_000,
  // Together: CANCELLED within two seconds of the call, also where no signal comes through.
  cancelGraceMs: 500,
  cancelPollMs: 400,
  cancelReportMs: 1_200,
  // Together less than what the Reconciler allows besides the agent's own time.
  workspaceTimeoutMs: 30_000,
  cloneTimeoutMs: 300_000,
  contextTimeoutMs: 30_000,
  collectTimeoutMs: 120_000,
  uploadTimeoutMs: 100_000,
  maxLogBytes: 50 * 1024 * 1024,
  checkpointIntervalMs: 30_000,
};

/** On AWS each beat is a write that is paid for; a look for a cancellation is a read, at a fifth of that. */
export const AWS_WORKER_LIMITS: WorkerLimits = { ...WORKER_LIMITS, heartbeatIntervalMs: 10_000 };

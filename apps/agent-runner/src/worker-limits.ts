import type { Stage } from '@outpost/contracts';

/** Every phase but those that have the dispatch's own time-out. `claim` is for reading the secrets. */
export type LimitedStage = Exclude<Stage, 'run' | 'verify'>;

/** What a worker takes upon itself. Times are in milliseconds. */
export interface WorkerLimits {
  readonly heartbeatIntervalMs: number;
  readonly checkpointIntervalMs: number;
  /** Between two looks at what the workspace takes on disk, while the agent works. */
  readonly diskWatchIntervalMs: number;
  /** How long one may take that is waited for: before the agent, and before the report. */
  readonly measureMs: number;
  /** The second of these, when the run was told to stop. */
  readonly stoppedMeasureMs: number;
  /** How long packing a persistent workspace may take, where it is asked for. */
  readonly archiveMs: number;
  readonly maxLogBytes: number;
  /** How long each phase may take. */
  readonly phaseTimeoutMs: Readonly<Record<LimitedStage, number>>;
  /** How long a phase that was told to end may take to do so, before it is left behind. */
  readonly settleMs: number;
  /** Between SIGTERM and SIGKILL for the agent, when its time is up or the platform takes the worker back. */
  readonly agentGraceMs: number;
  /** For collecting and uploading together, when the run was told to stop. */
  readonly stoppedCollectMs: number;
  /** Between two looks whether the dispatch was cancelled. */
  readonly cancelPollMs: number;
  /** Between SIGTERM and SIGKILL for the agent, after a cancellation. */
  readonly cancelGraceMs: number;
  /** From a cancellation to its report: what is not collected and stored by then follows it. */
  readonly cancelReportMs: number;
}

export const WORKER_LIMITS: WorkerLimits = {
  heartbeatIntervalMs: 2_000,
  checkpointIntervalMs: 30_000,
  diskWatchIntervalMs: 2_000,
  measureMs: 8_000,
  stoppedMeasureMs: 3_000,
  archiveMs: 240_000,
  maxLogBytes: 50 * 1024 * 1024,
  phaseTimeoutMs: {
    claim: 15_000,
    workspace: 30_000,
    clone: 300_000,
    context: 15_000,
    collect: 90_000,
    upload: 90_000,
    report: 30_000,
  },
  settleMs: 200,
  agentGraceMs: 5_000,
  stoppedCollectMs: 15_000,
  cancelPollMs: 400,
  cancelGraceMs: 500,
  cancelReportMs: 1_200,
};

/** On AWS each beat is a write that is paid for; a cancellation does not wait for it. */
export const AWS_WORKER_LIMITS: WorkerLimits = { ...WORKER_LIMITS, heartbeatIntervalMs: 10_000 };

/** How long the output of an agent that has ended is waited for, when a process that nobody can end still holds it. */
export const DRAIN_MS = 5_000;
/** The same when the run was cancelled. */
export const URGENT_DRAIN_MS = 100;

/** The longest that a run may take besides its agent's own time: the control plane must grant it more than this. */
export function overheadMs(limits: WorkerLimits = WORKER_LIMITS): number {
  const phases = Object.values(limits.phaseTimeoutMs);
  const told = phases.length * limits.settleMs;
  const kept = 2 * limits.measureMs + limits.archiveMs + 2 * limits.settleMs;
  return phases.reduce((sum, ms) => sum + ms, told + kept + limits.agentGraceMs + DRAIN_MS);
}

/** The longest from a cancellation until its report begins, in whatever phase, with an agent that ignores SIGTERM. */
export function cancellationMs({ cancelPollMs, cancelReportMs }: WorkerLimits = WORKER_LIMITS): number {
  return cancelPollMs + cancelReportMs;
}

/** The longest from a cancellation until the agent and all that it started are gone. */
export function agentEndMs(limits: WorkerLimits = WORKER_LIMITS): number {
  const { cancelPollMs, cancelGraceMs, settleMs } = limits;
  return cancelPollMs + cancelGraceMs + URGENT_DRAIN_MS + settleMs;
}

import type { TaskView } from './reap.js';

export interface WarmWorker {
  readonly state: 'STARTING' | 'IDLE' | 'BUSY' | 'STOPPING';
  /** ISO 8601. */
  readonly changedAt: string;
}

export interface WorkerHealthPolicy {
  /** From being started to being idle. */
  readonly startTimeoutMs: number;
  /** For a worker that was told to end. */
  readonly stopGraceMs: number;
  /** A task that was started this long ago may not be known everywhere yet. */
  readonly missingGraceMs: number;
}

/** `forget`: its task has ended, or never was. `stop`: its task goes on and should not. */
export type WorkerAction = 'keep' | 'forget' | 'stop';

/** What to do about a warm worker, by what the platform says of its task. `now` is in epoch milliseconds. */
export function superviseWorker(
  worker: WarmWorker,
  task: TaskView | undefined,
  now: number,
  policy: WorkerHealthPolicy,
): WorkerAction {
  const age = now - Date.parse(worker.changedAt);
  if (task === undefined) return age < policy.startTimeoutMs ? 'keep' : 'forget';
  if (task.state === 'STOPPED') return 'forget';
  if (task.state === 'MISSING') return age < policy.missingGraceMs ? 'keep' : 'forget';
  if (worker.state === 'STARTING') return age < policy.startTimeoutMs ? 'keep' : 'stop';
  if (worker.state === 'STOPPING') return age < policy.stopGraceMs ? 'keep' : 'stop';
  return 'keep';
}

import type { RecordIn, StopCause } from '@outpost/contracts';

/** What the platform says of a dispatch's task; undefined when none was ever started. */
export interface TaskView {
  readonly state: 'STARTING' | 'RUNNING' | 'STOPPED' | 'MISSING';
  readonly exitCode?: number | undefined;
  readonly stoppedReason?: string | undefined;
  readonly stopCause?: StopCause | undefined;
}

export interface ReapPolicy {
  /** A launch that follows the answer is given this long before the Reconciler does it. */
  readonly launchGraceMs: number;
  /** For one launch: from asking for a worker to its claim. */
  readonly startTimeoutMs: number;
  readonly maxLaunches: number;
  /** Waiting time before launch n is n times this. */
  readonly relaunchBackoffMs: number;
  /** Besides timeoutSeconds: for workspace, clone, context, collect, upload and report. */
  readonly overheadMs: number;
  readonly heartbeatTimeoutMs: number;
  /** A task that was started this long ago may not be known everywhere yet. */
  readonly missingGraceMs: number;
}

export type ReapDecision =
  | { readonly action: 'none' }
  | { readonly action: 'launch'; readonly launches: number }
  | { readonly action: 'stop' }
  | { readonly action: 'cancelled' }
  | { readonly action: 'timeout' }
  | {
      readonly action: 'fail';
      readonly failureClass: 'launch_failed' | 'worker_lost' | StopCause;
      readonly message: string;
    };

const NONE: ReapDecision = { action: 'none' };

/** What to do about a dispatch that holds a slot. `now` is in epoch milliseconds. */
export function reap(
  record: RecordIn<'PENDING'> | RecordIn<'RUNNING'>,
  task: TaskView | undefined,
  now: number,
  policy: ReapPolicy,
): ReapDecision {
  return record.status === 'PENDING'
    ? reapPending(record, task, now, policy)
    : reapRunning(record, task, now, policy);
}

function reapPending(
  record: RecordIn<'PENDING'>,
  task: TaskView | undefined,
  now: number,
  policy: ReapPolicy,
): ReapDecision {
  const age = now - Date.parse(record.pendingAt);
  const isLate = age >= (record.launches + 1) * policy.startTimeoutMs;
  if (task === undefined) {
    if (isLate) return launchFailed(`No worker could be started for ${age / 1000} s.`, task);
    return age < policy.launchGraceMs ? NONE : { action: 'launch', launches: record.launches };
  }
  if (task.state === 'MISSING' && age < policy.missingGraceMs) return NONE;
  // Alive, but it never took the dispatch: once it is stopped, another is launched in its place.
  if (isAlive(task)) return isLate ? { action: 'stop' } : NONE;
  const launches = record.launches + 1;
  if (launches >= policy.maxLaunches) {
    return launchFailed(
      `The worker ended before it took the dispatch, ${launches} times: ${causeOf(task)}.`,
      task,
    );
  }
  return age < launches * policy.relaunchBackoffMs ? NONE : { action: 'launch', launches };
}

function launchFailed(message: string, task: TaskView | undefined): ReapDecision {
  return { action: 'fail', failureClass: task?.stopCause ?? 'launch_failed', message };
}

function reapRunning(
  record: RecordIn<'RUNNING'>,
  task: TaskView | undefined,
  now: number,
  policy: ReapPolicy,
): ReapDecision {
  const deadline = Date.parse(record.startedAt) + record.timeoutSeconds * 1000 + policy.overheadMs;
  const cancelled = record.cancelRequestedAt !== undefined;
  const silent = now - Date.parse(record.heartbeatAt) >= policy.heartbeatTimeoutMs;
  // Nobody knows of its task, or not yet: then only its heart tells whether it lives.
  if ((task === undefined || task.state === 'MISSING') && !silent) return NONE;
  if (task === undefined || !isAlive(task)) {
    if (cancelled) return { action: 'cancelled' };
    const message = `The worker ended without a report: ${task === undefined ? 'its task is not known' : causeOf(task)}.`;
    return { action: 'fail', failureClass: task?.stopCause ?? 'worker_lost', message };
  }
  if (now >= deadline + policy.heartbeatTimeoutMs)
    return cancelled ? { action: 'cancelled' } : { action: 'timeout' };
  return cancelled || silent || now >= deadline ? { action: 'stop' } : NONE;
}

function isAlive(task: TaskView): boolean {
  return task.state === 'STARTING' || task.state === 'RUNNING';
}

function causeOf(task: TaskView): string {
  if (task.stoppedReason !== undefined) return task.stoppedReason;
  return task.exitCode === undefined ? 'its process is gone' : `exit code ${task.exitCode}`;
}

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
  /** For one attempt: from asking for a worker to its claim. */
  readonly startTimeoutMs: number;
  /** For a warm worker, which is there already: from being given the dispatch to its claim. */
  readonly assignTimeoutMs: number;
  /** Waiting time before attempt n + 1 is n times this. */
  readonly relaunchBackoffMs: number;
  /** Besides timeoutSeconds: for workspace, clone, context, collect, upload and report. */
  readonly overheadMs: number;
  readonly heartbeatTimeoutMs: number;
  /** A warm worker ends a cancelled dispatch by itself, and is kept: one that does not is stopped after this. */
  readonly cancelGraceMs: number;
  /** A task that was started this long ago may not be known everywhere yet. */
  readonly missingGraceMs: number;
}

export type ReapDecision =
  | { readonly action: 'none' }
  | { readonly action: 'launch' }
  | { readonly action: 'stop' }
  /** Its task may go on. */
  | { readonly action: 'cancelled'; readonly stopsTask: boolean }
  | { readonly action: 'timeout' }
  /** The attempt failed, and with it the dispatch if there is to be no other. */
  | {
      readonly action: 'fail';
      readonly failureClass: 'launch_failed' | 'worker_lost' | StopCause;
      readonly message: string;
      /** Its task may go on. */
      readonly stopsTask: boolean;
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
  const isLate = age >= policy.startTimeoutMs;
  if (task === undefined) {
    if (isLate) return neverTaken(`No worker could be started for ${age / 1000} s.`, task);
    return age < launchPauseMs(record, policy) ? NONE : { action: 'launch' };
  }
  if (task.state === 'MISSING' && age < missingGraceMs(record, policy)) return NONE;
  if (!isAlive(task))
    return neverTaken(`The worker ended before it took the dispatch: ${causeOf(task)}.`, task);
  if (record.workerId !== undefined && age >= policy.assignTimeoutMs)
    return neverTaken(`The warm worker did not take the dispatch for ${age / 1000} s.`, task);
  // Alive, but it never took the dispatch: once it is stopped, another is launched in its place.
  return isLate ? { action: 'stop' } : NONE;
}

function launchPauseMs({ attempt }: RecordIn<'PENDING'>, policy: ReapPolicy): number {
  return attempt === 1 ? policy.launchGraceMs : (attempt - 1) * policy.relaunchBackoffMs;
}

// A warm worker was known before the dispatch came: if it is not now, it is gone.
function missingGraceMs({ workerId }: RecordIn<'PENDING'>, policy: ReapPolicy): number {
  return workerId === undefined ? policy.missingGraceMs : policy.assignTimeoutMs;
}

function neverTaken(message: string, task: TaskView | undefined): ReapDecision {
  const failureClass = task?.stopCause ?? 'launch_failed';
  return { action: 'fail', failureClass, message, stopsTask: task !== undefined && isAlive(task) };
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
    if (cancelled) return { action: 'cancelled', stopsTask: false };
    const message = `The worker ended without a report: ${task === undefined ? 'its task is not known' : causeOf(task)}.`;
    return { action: 'fail', failureClass: task?.stopCause ?? 'worker_lost', message, stopsTask: false };
  }
  if (now >= deadline + policy.heartbeatTimeoutMs)
    return cancelled ? { action: 'cancelled', stopsTask: true } : { action: 'timeout' };
  const stops = isCancelOverdue(record, now, policy) || silent || now >= deadline;
  return stops ? { action: 'stop' } : NONE;
}

function isCancelOverdue(
  { cancelRequestedAt, workerId }: RecordIn<'RUNNING'>,
  now: number,
  { cancelGraceMs }: ReapPolicy,
): boolean {
  if (cancelRequestedAt === undefined) return false;
  return workerId === undefined || now - Date.parse(cancelRequestedAt) >= cancelGraceMs;
}

function isAlive(task: TaskView): boolean {
  return task.state === 'STARTING' || task.state === 'RUNNING';
}

function causeOf(task: TaskView): string {
  if (task.stoppedReason !== undefined) return task.stoppedReason;
  return task.exitCode === undefined ? 'its process is gone' : `exit code ${task.exitCode}`;
}

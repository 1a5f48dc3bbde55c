import type { DispatchRecord } from '@outpost/contracts';

const ALWAYS = new Date(0).toISOString();

/**
 * Whether a task works for nobody: its dispatch is not there, has ended, or went to another task, for longer than
 * `graceMs`. A worker that has reported the end still has to put away what it had.
 */
export function isOrphan(params: {
  readonly taskArn: string;
  /** ISO 8601: when the task got the dispatch. */
  readonly since: string;
  readonly record: DispatchRecord | undefined;
  /** Epoch milliseconds. */
  readonly now: number;
  readonly graceMs: number;
}): boolean {
  const { taskArn, since, record, now, graceMs } = params;
  const doneAt = doneWithAt(record, taskArn);
  return doneAt !== undefined && now - Math.max(Date.parse(doneAt), Date.parse(since)) >= graceMs;
}

/** When the dispatch was done with this task (ISO 8601); undefined while it may be with it. */
function doneWithAt(record: DispatchRecord | undefined, taskArn: string): string | undefined {
  if (record === undefined) return ALWAYS;
  if ('completedAt' in record) return record.completedAt;
  // Without a task of its own it may be with this one: its launcher has not noted it yet.
  const isElsewhere = 'taskArn' in record && record.taskArn !== taskArn;
  return isElsewhere ? record.pendingAt : undefined;
}

import type { ProcessIdentity } from '../process/index.js';
import type { Database } from './database.js';

/** One launched worker. `pid` is missing from the moment of the claim until the process is there. */
export interface TaskRow {
  readonly clientToken: string;
  readonly taskArn: string;
  /** Of a warm worker: of its last dispatch; empty before the first. */
  readonly tenantId: string;
  /** Of a warm worker: of its last dispatch; what stands for it before the first. */
  readonly dispatchId: string;
  /** Of a warm worker. */
  readonly workerId: string | null;
  readonly state: 'STARTING' | 'RUNNING' | 'STOPPED';
  readonly launchedAtMs: number;
  readonly launcherPid: number;
  readonly launcherStartedAt: string;
  readonly pid: number | null;
  readonly processStartedAt: string | null;
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly stoppedReason: string | null;
}

export type NewTask = Pick<
  TaskRow,
  'clientToken' | 'taskArn' | 'tenantId' | 'dispatchId' | 'workerId' | 'launchedAtMs'
> & {
  readonly launcher: ProcessIdentity;
};

export interface TaskEnd {
  readonly exitCode: number | undefined;
  readonly signal: string | undefined;
  readonly reason: string | undefined;
}

/** The tasks in the database: what a control plane knows after a restart. */
export interface TaskTable {
  /** True: the caller is the one to start the worker. `mayReplace` says so for a row that is there already. */
  claim(task: NewTask, mayReplace: (row: TaskRow) => boolean): boolean;
  /** Takes a claim back after a start that failed. */
  release(clientToken: string): void;
  recordProcess(taskArn: string, worker: ProcessIdentity): void;
  /** How the worker ended, from who saw it end. */
  recordEnd(taskArn: string, end: TaskEnd): void;
  /** It is gone, and nobody here saw how. Never takes the place of a known end. */
  recordLoss(taskArn: string, reason: string): void;
  find(taskArn: string): TaskRow | undefined;
  /** Tasks of a dispatch that are not known to have stopped. */
  unfinished(dispatchId: string): readonly TaskRow[];
  /** Tasks that were started for one dispatch, of all, that are not known to have stopped; oldest first. */
  unfinishedLaunches(): readonly TaskRow[];
}

export function createTaskTable(database: Database): TaskTable {
  return {
    claim: (task, mayReplace) => database.transaction(() => claim(database, task, mayReplace)),
    release: (clientToken) => {
      database.transaction(() =>
        database.run('DELETE FROM tasks WHERE clientToken = ? AND pid IS NULL', clientToken),
      );
    },
    recordProcess: (taskArn, { pid, startedAt }) => {
      const sql = "UPDATE tasks SET state = 'RUNNING', pid = ?, processStartedAt = ? WHERE taskArn = ?";
      database.transaction(() => database.run(sql, pid, startedAt, taskArn));
    },
    recordEnd: (taskArn, { exitCode, signal, reason }) => {
      const sql =
        "UPDATE tasks SET state = 'STOPPED', exitCode = ?, signal = ?, stoppedReason = ? WHERE taskArn = ?";
      database.transaction(() =>
        database.run(sql, exitCode ?? null, signal ?? null, reason ?? null, taskArn),
      );
    },
    recordLoss: (taskArn, reason) => {
      const sql =
        "UPDATE tasks SET state = 'STOPPED', stoppedReason = ? WHERE taskArn = ? AND state <> 'STOPPED'";
      database.transaction(() => database.run(sql, reason, taskArn));
    },
    find: (taskArn) => database.one<TaskRow>('SELECT * FROM tasks WHERE taskArn = ?', taskArn),
    unfinished: (dispatchId) =>
      database.all<TaskRow>("SELECT * FROM tasks WHERE dispatchId = ? AND state <> 'STOPPED'", dispatchId),
    unfinishedLaunches: () =>
      database.all<TaskRow>(
        "SELECT * FROM tasks WHERE state <> 'STOPPED' AND workerId IS NULL ORDER BY launchedAtMs",
      ),
  };
}

function claim(database: Database, task: NewTask, mayReplace: (row: TaskRow) => boolean): boolean {
  const known = database.one<TaskRow>('SELECT * FROM tasks WHERE clientToken = ?', task.clientToken);
  if (known !== undefined && !mayReplace(known)) return false;
  database.run(
    `INSERT OR REPLACE INTO tasks
       (clientToken, taskArn, tenantId, dispatchId, workerId, state, launchedAtMs, launcherPid, launcherStartedAt)
     VALUES (?, ?, ?, ?, ?, 'STARTING', ?, ?, ?)`,
    task.clientToken,
    task.taskArn,
    task.tenantId,
    task.dispatchId,
    task.workerId,
    task.launchedAtMs,
    task.launcher.pid,
    task.launcher.startedAt,
  );
  return true;
}

/** Who started it. */
export function launcherOf(row: TaskRow): ProcessIdentity {
  return { pid: row.launcherPid, startedAt: row.launcherStartedAt };
}

/** The worker's process as it was recorded. */
export function workerOf(row: TaskRow): ProcessIdentity | undefined {
  return row.pid === null ? undefined : { pid: row.pid, startedAt: row.processStartedAt ?? '' };
}

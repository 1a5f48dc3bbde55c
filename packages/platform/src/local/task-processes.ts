import { OutpostError } from '@outpost/contracts';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { Writable } from 'node:stream';
import type { Clock, TaskDescription } from '../ports/index.js';
import { identify, isAlive, killAgentProcesses, type ProcessIdentity } from '../process/index.js';
import type { Database } from './database.js';
import { messageOf } from './errors.js';
import { createTaskTable, launcherOf, workerOf, type NewTask, type TaskRow } from './task-table.js';
import { askToEnd, killGroup, prepareStdin, spawnWorker, type LocalWorkerOptions } from './worker-process.js';

/** A claim without a process, of a launcher that lives: it is starting one. After this long it is not. */
const START_GRACE_MS = 30_000;
const NEVER_STARTED = 'never started';
const UNSEEN_END = 'ended while no control plane was watching';

export interface TaskProcessesOptions {
  readonly database: Database;
  readonly dataDir: string;
  readonly clock: Clock;
  readonly worker: LocalWorkerOptions;
  /** Ends what a worker that is gone has left of a dispatch's sandbox. */
  readonly reap: (dispatchId: string) => Promise<void>;
}

export interface StartTaskParams extends Pick<
  NewTask,
  'clientToken' | 'tenantId' | 'dispatchId' | 'workerId'
> {
  /** What this worker is told through its environment besides what all are. */
  readonly variables: Readonly<Record<string, string>>;
  /** All that it reads on stdin; without it stdin stays open. */
  readonly stdin?: string;
}

/** Tasks as processes that outlive this one; the database knows them after a restart. */
export interface TaskProcesses {
  /** Starts a worker for the token if none was. Rejects with SERVICE_UNAVAILABLE. */
  start(params: StartTaskParams): Promise<{ readonly taskArn: string }>;
  /** The open stdin of a worker that this instance has started and that lives. */
  inputOf(taskArn: string): Writable | undefined;
  /** Whether another process that lives has started it, and so has its stdin. */
  isOfAnother(taskArn: string): boolean;
  stop(taskArn: string): void;
  describe(taskArn: string): Promise<TaskDescription>;
  /** Those started for one dispatch that have not stopped. */
  live(): Promise<readonly TaskRow[]>;
  onStopped(listener: (taskArn: string) => void): void;
  /** Lets go of the workers, which run on; those that wait for more on stdin read its end. */
  close(): void;
}

export function createTaskProcesses(options: TaskProcessesOptions): TaskProcesses {
  const { clock, worker: workerOptions } = options;
  const table = createTaskTable(options.database);
  const launcher = identify(process.pid) ?? { pid: process.pid, startedAt: '' };
  const children = new Map<string, ChildProcess>();
  const graceTimers = new Map<string, NodeJS.Timeout>();
  const listeners: ((taskArn: string) => void)[] = [];
  let isClosed = false;

  const hasFailedToStart = (row: TaskRow): boolean => {
    if (row.pid !== null) return false;
    return !isAlive(launcherOf(row)) || clock.now() - row.launchedAtMs > START_GRACE_MS;
  };

  /** All between claim and record is synchronous: only a crash leaves a claim without a process. */
  const start = async ({ variables, stdin, ...task }: StartTaskParams): Promise<void> => {
    const taskArn = taskArnOf(task.clientToken);
    const claim = { ...task, taskArn, launchedAtMs: clock.now(), launcher };
    if (!table.claim(claim, hasFailedToStart)) return;
    try {
      const child = spawnWorker({
        worker: workerOptions,
        dataDir: options.dataDir,
        name: task.dispatchId,
        variables: { ...variables, OUTPOST_TASK_ARN: taskArn },
      });
      if (child.pid === undefined) throw await spawnError(child);
      record(taskArn, child, child.pid);
      // Last: a worker that nobody knows of reads an empty stdin and ends, so it cannot run beside a second one.
      prepareStdin(child, stdin);
    } catch (error) {
      table.release(task.clientToken);
      throw error;
    }
  };

  const record = (taskArn: string, child: ChildProcess, pid: number): void => {
    try {
      table.recordProcess(taskArn, identify(pid) ?? { pid, startedAt: '' });
    } catch (error) {
      child.kill('SIGKILL');
      throw error;
    }
    children.set(taskArn, child);
    child.on('error', () => {});
    child.once('exit', (exitCode, signal) => void ended(taskArn, exitCode, signal));
  };

  const ended = async (taskArn: string, exitCode: number | null, signal: string | null): Promise<void> => {
    if (isClosed) return;
    try {
      const row = table.find(taskArn);
      const trouble = row === undefined ? undefined : await killLeftovers(row);
      const reasons = [signal === null ? undefined : `killed by ${signal}`, trouble].filter(
        (text) => text !== undefined,
      );
      const reason = reasons.length === 0 ? undefined : reasons.join('; ');
      table.recordEnd(taskArn, { exitCode: exitCode ?? undefined, signal: signal ?? undefined, reason });
    } catch {
      // The store does not answer. `describe` finds the worker gone later, only without its exit code.
    }
    children.delete(taskArn);
    clearTimeout(graceTimers.get(taskArn));
    graceTimers.delete(taskArn);
    for (const listener of listeners) listener(taskArn);
  };

  /** Kills what the agent of a worker that is gone left behind; says what could not be killed. */
  const killLeftovers = async (row: TaskRow): Promise<string | undefined> => {
    const isOtherAlive = table.unfinished(row.dispatchId).some((other) => {
      const process = workerOf(other);
      return other.taskArn !== row.taskArn && process !== undefined && isAlive(process);
    });
    // They carry the dispatch's id, not the task's: they may be of a later worker of this dispatch.
    if (isOtherAlive) return undefined;
    const { dispatchId } = row;
    const ends = await Promise.allSettled([killAgentProcesses({ dispatchId }), options.reap(dispatchId)]);
    const troubles = ends.flatMap((end) => (end.status === 'rejected' ? [messageOf(end.reason)] : []));
    return troubles.length === 0 ? undefined : troubles.join('; ');
  };

  const isRunning = (row: TaskRow): boolean => {
    const worker = workerOf(row);
    // A child that is dead but not yet reaped: its `exit` event, with the exit code, is to come.
    return children.has(row.taskArn) || (worker !== undefined && isAlive(worker));
  };

  const describe = async (taskArn: string): Promise<TaskDescription> => {
    const row = table.find(taskArn);
    if (row === undefined) return { taskArn, state: 'MISSING' };
    if (row.state === 'STOPPED') return stoppedTask(row);
    if (isRunning(row)) return { taskArn, state: 'RUNNING' };
    if (row.pid === null) {
      return hasFailedToStart(row)
        ? { taskArn, state: 'STOPPED', stoppedReason: NEVER_STARTED }
        : { taskArn, state: 'STARTING' };
    }
    const trouble = await killLeftovers(row);
    table.recordLoss(taskArn, trouble === undefined ? UNSEEN_END : `${UNSEEN_END}; ${trouble}`);
    return stoppedTask(table.find(taskArn) ?? row);
  };

  const forceEnd = async (row: TaskRow, worker: ProcessIdentity): Promise<void> => {
    graceTimers.delete(row.taskArn);
    killGroup(worker);
    await killLeftovers(row).catch(() => undefined);
  };

  return {
    async start(params) {
      try {
        await start(params);
      } catch (error) {
        throw startFailure(error);
      }
      return { taskArn: taskArnOf(params.clientToken) };
    },
    inputOf: (taskArn) => {
      const input = children.get(taskArn)?.stdin;
      return input?.writable === true ? input : undefined;
    },
    isOfAnother: (taskArn) => {
      const row = table.find(taskArn);
      return row !== undefined && row.launcherPid !== launcher.pid && isAlive(launcherOf(row));
    },
    stop: (taskArn) => {
      const row = table.find(taskArn);
      const worker = row === undefined || !isRunning(row) ? undefined : workerOf(row);
      if (row === undefined || worker === undefined) return;
      askToEnd(worker);
      if (graceTimers.has(taskArn)) return;
      const timer = setTimeout(() => void forceEnd(row, worker), workerOptions.stopGraceMs);
      graceTimers.set(taskArn, timer.unref());
    },
    describe,
    async live() {
      const rows = table.unfinishedLaunches();
      const tasks = await Promise.all(rows.map((row) => describe(row.taskArn)));
      return rows.filter((_, index) => tasks[index]?.state !== 'STOPPED');
    },
    onStopped: (listener) => {
      listeners.push(listener);
    },
    close: () => {
      isClosed = true;
      for (const timer of graceTimers.values()) clearTimeout(timer);
      for (const child of children.values()) child.stdin?.end();
    },
  };
}

export function taskArnOf(clientToken: string): string {
  return `outpost:local:task/${clientToken}`;
}

export function startFailure(error: unknown): OutpostError {
  if (error instanceof OutpostError) return error;
  return new OutpostError('SERVICE_UNAVAILABLE', `The worker could not be started: ${messageOf(error)}`, {
    cause: error,
  });
}

function stoppedTask({ taskArn, exitCode, stoppedReason }: TaskRow): TaskDescription {
  return {
    taskArn,
    state: 'STOPPED',
    exitCode: exitCode ?? undefined,
    stoppedReason: stoppedReason ?? undefined,
  };
}

async function spawnError(child: ChildProcess): Promise<unknown> {
  const [error] = (await once(child, 'error')) as [unknown];
  return error;
}

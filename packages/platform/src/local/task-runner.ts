import { OutpostError } from '@outpost/contracts';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { checkedSegment } from '../files/segments.js';
import type { Clock, LaunchTaskParams, SecretStore, TaskDescription, TaskRunner } from '../ports/index.js';
import { identify, isAlive, killAgentProcesses, type ProcessIdentity } from '../process/index.js';
import type { Database } from './database.js';
import { encodeDelivery } from './delivered-secrets.js';
import { messageOf } from './errors.js';
import { createTaskTable, workerOf, type TaskRow } from './task-table.js';
import { askToEnd, killGroup, spawnWorker, writeStdin, type LocalWorkerOptions } from './worker-process.js';

/** A claim without a process, of a launcher that lives: it is starting one. After this long it is not. */
const START_GRACE_MS = 30_000;
const NEVER_STARTED = 'never started';
const UNSEEN_END = 'ended while no control plane was watching';

export interface LocalTaskRunnerOptions {
  readonly database: Database;
  readonly dataDir: string;
  readonly clock: Clock;
  readonly secrets: SecretStore;
  readonly worker: LocalWorkerOptions;
}

export interface LocalTaskRunner extends TaskRunner {
  /** Lets go of the workers, which run on. */
  close(): void;
}

/** Runs each worker as a child process that outlives this one; the database knows them after a restart. */
export function createLocalTaskRunner(options: LocalTaskRunnerOptions): LocalTaskRunner {
  const { clock, secrets, worker: workerOptions } = options;
  const table = createTaskTable(options.database);
  const launcher = identify(process.pid) ?? { pid: process.pid, startedAt: '' };
  const children = new Map<string, ChildProcess>();
  const graceTimers = new Map<string, NodeJS.Timeout>();
  const listeners: ((taskArn: string) => void)[] = [];
  let isClosed = false;

  const hasFailedToStart = (row: TaskRow): boolean => {
    if (row.pid !== null) return false;
    const launchedBy: ProcessIdentity = { pid: row.launcherPid, startedAt: row.launcherStartedAt };
    return !isAlive(launchedBy) || clock.now() - row.launchedAtMs > START_GRACE_MS;
  };

  /** All between claim and record is synchronous: only a crash leaves a claim without a process. */
  const start = async (params: LaunchTaskParams, stdin: string): Promise<void> => {
    const { clientToken, tenantId, dispatchId } = params;
    const taskArn = arnOf(clientToken);
    const task = { clientToken, taskArn, tenantId, dispatchId, launchedAtMs: clock.now(), launcher };
    if (!table.claim(task, hasFailedToStart)) return;
    try {
      const child = spawnWorker({ ...params, taskArn, worker: workerOptions, dataDir: options.dataDir });
      if (child.pid === undefined) throw await spawnError(child);
      record(taskArn, child, child.pid);
      // Last: a worker that nobody knows of reads an empty stdin and ends, so it cannot run beside a second one.
      writeStdin(child, stdin);
    } catch (error) {
      table.release(clientToken);
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
    return killAgentProcesses({ dispatchId: row.dispatchId }).then(() => undefined, messageOf);
  };

  const isRunning = (row: TaskRow): boolean => {
    const worker = workerOf(row);
    // A child that is dead but not yet reaped: its `exit` event, with the exit code, is to come.
    return children.has(row.taskArn) || (worker !== undefined && isAlive(worker));
  };

  const describeTask = async (taskArn: string): Promise<TaskDescription> => {
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
    async launch(params) {
      checkedSegment('tenantId', params.tenantId);
      checkedSegment('dispatchId', params.dispatchId);
      try {
        await start(params, await resolveSecrets(secrets, params));
      } catch (error) {
        throw unavailable(error);
      }
      return { taskArn: arnOf(params.clientToken) };
    },
    async stop({ taskArn }) {
      const row = table.find(taskArn);
      const worker = row === undefined || !isRunning(row) ? undefined : workerOf(row);
      if (row === undefined || worker === undefined) return;
      askToEnd(worker);
      if (graceTimers.has(taskArn)) return;
      const timer = setTimeout(() => void forceEnd(row, worker), workerOptions.stopGraceMs);
      graceTimers.set(taskArn, timer.unref());
    },
    describe: async ({ taskArns }) => Promise.all(taskArns.map(describeTask)),
    onStopped: (listener) => {
      listeners.push(listener);
    },
    close: () => {
      isClosed = true;
      for (const timer of graceTimers.values()) clearTimeout(timer);
    },
  };
}

function arnOf(clientToken: string): string {
  return `outpost:local:task/${clientToken}`;
}

function stoppedTask({ taskArn, exitCode, stoppedReason }: TaskRow): TaskDescription {
  return {
    taskArn,
    state: 'STOPPED',
    exitCode: exitCode ?? undefined,
    stoppedReason: stoppedReason ?? undefined,
  };
}

async function resolveSecrets(store: SecretStore, params: LaunchTaskParams): Promise<string> {
  const { tenantId } = params;
  const found = await Promise.all(
    params.secrets.map(async (reference) => ({ reference, value: await store.get({ tenantId, reference }) })),
  );
  return encodeDelivery({
    tenantId,
    secrets: found.flatMap(({ reference, value }) => (value === undefined ? [] : [{ reference, value }])),
  });
}

async function spawnError(child: ChildProcess): Promise<unknown> {
  const [error] = (await once(child, 'error')) as [unknown];
  return error;
}

function unavailable(error: unknown): OutpostError {
  if (error instanceof OutpostError) return error;
  return new OutpostError('SERVICE_UNAVAILABLE', `The worker could not be started: ${messageOf(error)}`, {
    cause: error,
  });
}

import { PassThrough, type Readable } from 'node:stream';
import { createLocalAssignments } from '../local/assignments.js';
import { createLocalAuditStore } from '../local/audit-store.js';
import { openDatabase, type Database } from '../local/database.js';
import { createLocalDispatchStore } from '../local/dispatch-store.js';
import { createLocalLeaseStore } from '../local/lease-store.js';
import { createLocalOutbox } from '../local/outbox.js';
import { taskArnOf, type StartTaskParams, type TaskProcesses } from '../local/task-processes.js';
import { createLocalTaskRunner } from '../local/task-runner.js';
import { createTaskTable, type TaskRow } from '../local/task-table.js';
import { createLocalWorkerPool } from '../local/worker-pool.js';
import { createLocalWorkspaceStore } from '../local/workspace-store.js';
import {
  oneAssignment,
  type Clock,
  type ControlPlatform,
  type SecretStore,
  type TaskDescription,
  type WorkerPlatform,
} from '../ports/index.js';

/** A worker's process, as far as its control plane knows it. */
export interface SimulatedTask extends Pick<StartTaskParams, 'tenantId' | 'dispatchId' | 'workerId'> {
  readonly taskArn: string;
  readonly stdin: Readable;
  readonly isAlive: boolean;
  readonly isAskedToEnd: boolean;
}

/** What a control plane has of its machine; what is not here has nothing to do with where a dispatch stands. */
export type SimulatedControl = Pick<
  ControlPlatform,
  'audit' | 'dispatches' | 'leases' | 'outbox' | 'pool' | 'tasks' | 'workspaces'
> & {
  /** As a process does that is killed: its workers read the end of their stdin. */
  crash(): void;
};

export type SimulatedWorkerPlatform = Pick<WorkerPlatform, 'assignments' | 'dispatches' | 'outbox'>;

/** The local drivers on an SQLite in memory, with processes that run only in so far as a test plays them. */
export interface SimulatedMachine {
  /** Every task that was ever started, oldest first. */
  readonly tasks: readonly SimulatedTask[];
  openControl(options: { readonly clock: Clock; readonly secrets: SecretStore }): SimulatedControl;
  openWorker(task: SimulatedTask, options: { readonly clock: Clock }): SimulatedWorkerPlatform;
  /** The process of the task is gone. */
  end(task: SimulatedTask, exitCode: number | undefined): void;
  close(): void;
}

interface Process extends SimulatedTask {
  readonly stdin: PassThrough;
  readonly launcher: Launcher;
  isAlive: boolean;
  exitCode: number | undefined;
  isAskedToEnd: boolean;
}

/** The control plane that started it, and holds its stdin. */
interface Launcher {
  isAlive: boolean;
}

const NO_SECRETS: SecretStore = { get: async () => undefined, has: async () => false };
/** Processes of a simulation have no pids: no row of theirs is looked up by one. */
const LAUNCHER = { pid: 0, startedAt: '' };

export function createSimulatedMachine(): SimulatedMachine {
  const database = openDatabase({ path: ':memory:' });
  const processes = new Map<string, Process>();
  return {
    get tasks() {
      return [...processes.values()];
    },
    openControl({ clock, secrets }) {
      const own = simulatedProcesses({ database, clock, processes });
      return {
        audit: createLocalAuditStore({ database, clock }),
        dispatches: createLocalDispatchStore({ database }),
        leases: createLocalLeaseStore({ database, clock }),
        outbox: createLocalOutbox({ database }),
        pool: createLocalWorkerPool({ database, clock, secrets, processes: own }),
        tasks: createLocalTaskRunner({ processes: own, secrets }),
        workspaces: createLocalWorkspaceStore({ database }),
        crash: () => own.close(),
      };
    },
    openWorker({ workerId, tenantId, dispatchId, stdin }, { clock }) {
      return {
        dispatches: createLocalDispatchStore({ database }),
        outbox: createLocalOutbox({ database }),
        assignments:
          workerId === null
            ? oneAssignment({ tenantId, dispatchId, secrets: NO_SECRETS })
            : createLocalAssignments({ database, clock, workerId, stdin }),
      };
    },
    end({ taskArn }, exitCode) {
      const process = processes.get(taskArn);
      if (process === undefined) return;
      Object.assign(process, { isAlive: false, exitCode });
      process.stdin.destroy();
      createTaskTable(database).recordEnd(taskArn, { exitCode, signal: undefined, reason: undefined });
    },
    close: () => database.close(),
  };
}

interface SimulatedProcessesOptions {
  readonly database: Database;
  readonly clock: Clock;
  /** Of the whole machine, by their ARNs. */
  readonly processes: Map<string, Process>;
}

/** What one control plane sees of the machine's processes. */
function simulatedProcesses({ database, clock, processes }: SimulatedProcessesOptions): TaskProcesses {
  const table = createTaskTable(database);
  const launcher: Launcher = { isAlive: true };
  return {
    async start({ clientToken, tenantId, dispatchId, workerId, stdin }) {
      const taskArn = taskArnOf(clientToken);
      const task = { clientToken, tenantId, dispatchId, workerId, taskArn };
      const claim = { ...task, launchedAtMs: clock.now(), launcher: LAUNCHER };
      if (!table.claim(claim, () => false)) return { taskArn };
      const input = new PassThrough();
      if (stdin !== undefined) input.end(stdin);
      processes.set(taskArn, {
        taskArn,
        tenantId,
        dispatchId,
        workerId,
        launcher,
        stdin: input,
        isAlive: true,
        exitCode: undefined,
        isAskedToEnd: false,
      });
      return { taskArn };
    },
    inputOf(taskArn) {
      const process = processes.get(taskArn);
      const isOwn = process?.launcher === launcher && launcher.isAlive;
      return isOwn && process.isAlive && process.stdin.writable ? process.stdin : undefined;
    },
    isOfAnother(taskArn) {
      const other = processes.get(taskArn)?.launcher;
      return other !== launcher && other?.isAlive === true;
    },
    stop(taskArn) {
      const process = processes.get(taskArn);
      if (process !== undefined) process.isAskedToEnd = true;
    },
    describe: async (taskArn) => describeProcess(taskArn, processes.get(taskArn)),
    async live() {
      return table.unfinishedLaunches().filter((row: TaskRow) => processes.get(row.taskArn)?.isAlive);
    },
    onStopped: () => undefined,
    close() {
      launcher.isAlive = false;
      for (const process of processes.values())
        if (process.launcher === launcher && process.workerId !== null) process.stdin.end();
    },
  };
}

function describeProcess(taskArn: string, process: Process | undefined): TaskDescription {
  if (process === undefined) return { taskArn, state: 'MISSING' };
  return process.isAlive
    ? { taskArn, state: 'RUNNING' }
    : { taskArn, state: 'STOPPED', exitCode: process.exitCode };
}

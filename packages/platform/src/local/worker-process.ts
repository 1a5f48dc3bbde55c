import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, constants, openSync } from 'node:fs';
import { Socket } from 'node:net';
import { join } from 'node:path';
import { privateDirectory } from '../files/directories.js';
import { isAlive, type ProcessIdentity } from '../process/index.js';

const APPEND = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_NOFOLLOW;

/** How a worker is run. */
export interface LocalWorkerOptions {
  /** Executable (an absolute path) and arguments. */
  readonly command: readonly string[];
  /** The worker's whole environment, besides the ids of its dispatch: nothing is inherited. */
  readonly env: Readonly<Record<string, string>>;
  /** How long a worker may take to end after SIGTERM. */
  readonly stopGraceMs: number;
}

export interface SpawnWorkerParams {
  readonly worker: LocalWorkerOptions;
  readonly dataDir: string;
  readonly tenantId: string;
  readonly dispatchId: string;
  readonly taskArn: string;
}

/**
 * Starts a worker that outlives this process: in a session and process group of its own, writing to its own log file,
 * with no pipe but stdin. A failed start has no pid, and emits `error`.
 */
export function spawnWorker({
  worker,
  dataDir,
  tenantId,
  dispatchId,
  taskArn,
}: SpawnWorkerParams): ChildProcess {
  const [executable, ...args] = worker.command;
  if (executable === undefined) throw new Error('worker.command is empty.');
  const log = openSync(
    join(privateDirectory(dataDir, { directory: 'workers' }), `${dispatchId}.log`),
    APPEND,
    0o600,
  );
  try {
    const child = spawn(executable, args, {
      cwd: dataDir,
      detached: true,
      stdio: ['pipe', log, log],
      env: {
        ...worker.env,
        OUTPOST_TENANT_ID: tenantId,
        OUTPOST_DISPATCH_ID: dispatchId,
        OUTPOST_TASK_ARN: taskArn,
        OUTPOST_DATA_DIR: dataDir,
      },
    });
    child.unref();
    return child;
  } finally {
    closeSync(log);
  }
}

/** Writes the worker's stdin and ends it. A worker that is gone before it has read it all is reported by its end. */
export function writeStdin(child: ChildProcess, text: string): void {
  const { stdin } = child;
  if (stdin === null) return;
  stdin.on('error', () => {});
  stdin.end(text);
  // One that never reads must not keep the control plane from ending.
  if (stdin instanceof Socket) stdin.unref();
}

/** Asks the worker, if it still is that process, to end. */
export function askToEnd(worker: ProcessIdentity): void {
  if (isAlive(worker)) send(worker.pid, 'SIGTERM');
}

/** Kills the worker with its process group. The pid is the group's, for as long as the worker holds it. */
export function killGroup(worker: ProcessIdentity): void {
  if (isAlive(worker)) send(-worker.pid, 'SIGKILL');
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It ended between the look and the signal.
  }
}

import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, constants, openSync } from 'node:fs';
import { Socket } from 'node:net';
import type { Writable } from 'node:stream';
import { privateDirectory } from '../files/directories.js';
import { isAlive, type ProcessIdentity } from '../process/index.js';
import { workerLogPath } from './worker-log.js';

const APPEND = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_NOFOLLOW;

/** A pipe takes a line at once unless it is full: then its reader hangs. */
const WRITE_TIMEOUT_MS = 5_000;

/** How a worker is run. */
export interface LocalWorkerOptions {
  /** Executable (an absolute path) and arguments. */
  readonly command: readonly string[];
  /** The worker's whole environment, besides the ids of what it is for: nothing is inherited. */
  readonly env: Readonly<Record<string, string>>;
  /** How long a worker may take to end after SIGTERM. */
  readonly stopGraceMs: number;
}

export interface SpawnWorkerParams {
  readonly worker: LocalWorkerOptions;
  readonly dataDir: string;
  /** Of its log. */
  readonly name: string;
  /** What this worker is told besides what all are. */
  readonly variables: Readonly<Record<string, string>>;
}

/**
 * Starts a worker that outlives this process: in a session and process group of its own, writing to its own log file,
 * with no pipe but stdin. A failed start has no pid, and emits `error`.
 */
export function spawnWorker({ worker, dataDir, name, variables }: SpawnWorkerParams): ChildProcess {
  const [executable, ...args] = worker.command;
  if (executable === undefined) throw new Error('worker.command is empty.');
  privateDirectory(dataDir, { directory: 'workers' });
  const log = openSync(workerLogPath(dataDir, name), APPEND, 0o600);
  try {
    const child = spawn(executable, args, {
      cwd: dataDir,
      detached: true,
      stdio: ['pipe', log, log],
      env: { ...worker.env, ...variables, OUTPOST_DATA_DIR: dataDir },
    });
    child.unref();
    return child;
  } finally {
    closeSync(log);
  }
}

/**
 * Makes the worker's stdin ready: with all of it, or without a text to be written line by line. A worker that is gone
 * before it has read it all is reported by its end.
 */
export function prepareStdin(child: ChildProcess, text: string | undefined): void {
  const { stdin } = child;
  if (stdin === null) return;
  stdin.on('error', () => {});
  if (text !== undefined) stdin.end(text);
  // One that never reads must not keep the control plane from ending.
  if (stdin instanceof Socket) stdin.unref();
}

/** False: the worker is gone, or has not taken the line after a while. */
export function writeLine(input: Writable, line: string): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(false), WRITE_TIMEOUT_MS);
    input.write(`${line}\n`, (error) => {
      clearTimeout(timer);
      resolve(!error);
    });
  });
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

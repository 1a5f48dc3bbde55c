import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:os';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import { identify, killAgentProcesses } from '../../process/index.js';
import type { RegisteredDefinition } from './ecs-definitions.js';

/** The pipes of what could not be killed are not waited for. */
const DRAIN_MS = 2_000;

/** A directory of this machine, and where a container has it. */
export interface Mount {
  readonly source: string;
  readonly target: string;
}

export interface ContainerOptions {
  /** Of the task: unique. */
  readonly name: string;
  /** For what is more of a container than a process: image, limits, rights. */
  readonly definition: RegisteredDefinition;
  /** What it has of the file system. */
  readonly mounts: readonly Mount[];
  /** Executable (an absolute path) and arguments. */
  readonly command: readonly string[];
  /** The whole environment. */
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  /**
   * The dispatch whose agent ends with the container, wherever its processes went. Undefined while another container of
   * the same dispatch is alive, whose agent bears the same mark.
   */
  readonly agentToEnd: () => Promise<string | undefined>;
  onLine(line: string): void;
}

export interface ContainerEnd {
  /** As Docker has it: 128 and the signal's number for one that was killed. */
  readonly exitCode: number;
  /** The kernel took it, or a part of it, for want of memory. */
  readonly isOutOfMemory?: boolean;
}

/** A process that plays a container: it and all that it started end together. */
export interface Container {
  readonly ended: Promise<ContainerEnd>;
  /** SIGTERM, and SIGKILL to all when it has not ended `timeoutMs` later. */
  stop(timeoutMs: number): void;
  kill(): void;
}

/** Rejects when the process cannot be started. */
export async function startContainer(options: ContainerOptions): Promise<Container> {
  const [executable = '', ...args] = options.command;
  const { cwd, env } = options;
  const child = spawn(executable, args, { cwd, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  await once(child, 'spawn');
  const { pid = 0, stdout, stderr } = child;
  const worker = identify(pid);
  const drained = Promise.all([forward(stdout, options), forward(stderr, options)]);
  const exited = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>;

  const killAll = async (): Promise<void> => {
    const dispatchId = await options.agentToEnd();
    if (dispatchId !== undefined) {
      const known = worker === undefined ? [] : [worker];
      await killAgentProcesses({ dispatchId, known }).catch(() => undefined);
    }
    killGroup(pid);
  };
  const end = async (): Promise<ContainerEnd> => {
    const [code, signal] = await exited;
    await killAll();
    await Promise.race([drained, pause(DRAIN_MS, undefined, { ref: false })]);
    return { exitCode: code ?? 128 + constants.signals[signal ?? 'SIGKILL'] };
  };
  const kill = (): void => {
    if (isRunning(child)) void killAll();
  };
  return {
    ended: end(),
    stop(timeoutMs) {
      child.kill('SIGTERM');
      setTimeout(kill, timeoutMs).unref();
    },
    kill,
  };
}

function isRunning({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode === null && signalCode === null;
}

async function forward(output: Readable, { onLine }: ContainerOptions): Promise<void> {
  for await (const line of createInterface({ input: output })) onLine(line);
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // Nobody is left in it.
  }
}

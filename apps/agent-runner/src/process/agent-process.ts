import { AGENT_RUN_VARIABLE } from '@outpost/platform/process';
import { execa } from 'execa';
import { existsSync } from 'node:fs';
import type { Readable } from 'node:stream';
import type { AgentCommand } from '../agents/adapter.js';

/** A reason may quote a whole argument. */
const MAX_REASON_CHARACTERS = 300;

/** A started agent: the leader of its own session and process group. */
export interface AgentProcess {
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** When the agent itself has ended; others may still hold its output. Never rejects. */
  readonly exited: Promise<{ readonly exitCode: number | undefined; readonly signal: string | undefined }>;
  /** To the agent and all in its process group; does nothing when that is empty. */
  signalGroup(signal: 'SIGTERM' | 'SIGKILL'): void;
}

export interface StartParams {
  readonly command: AgentCommand;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly dispatchId: string;
}

/** Rejects with an error for people when it cannot be started. */
export async function startAgent(params: StartParams): Promise<AgentProcess> {
  const subprocess = trySpawn(params);
  const { pid, stdout, stderr, nodeChildProcess } = subprocess;
  if (pid === undefined) throw new Error(describeSpawnFailure(params, await subprocess));
  const exited: AgentProcess['exited'] = new Promise((resolve) => {
    nodeChildProcess.once('exit', (code, signal) => {
      resolve({ exitCode: code ?? undefined, signal: signal ?? undefined });
    });
  });
  return { stdout, stderr, exited, signalGroup: (signal) => signalGroup(pid, signal) };
}

/** What no program can be given (a null byte) is refused before the start; in the same words as a start that fails. */
function trySpawn(params: StartParams): ReturnType<typeof spawn> {
  try {
    return spawn(params);
  } catch (error) {
    const originalMessage =
      error instanceof Error ? error.message.slice(0, MAX_REASON_CHARACTERS) : undefined;
    throw new Error(describeSpawnFailure(params, { originalMessage }), { cause: error });
  }
}

function spawn({ command, cwd, env, dispatchId }: StartParams) {
  return execa(command.file, [...command.args], {
    cwd,
    env: { ...env, ...command.env, [AGENT_RUN_VARIABLE]: dispatchId },
    extendEnv: false,
    ...(command.stdin === undefined ? { stdin: 'ignore' as const } : { input: command.stdin }),
    stdout: 'pipe',
    stderr: 'pipe',
    encoding: 'buffer',
    buffer: false,
    reject: false,
    // A group of its own. Ending it is the supervisor's: it has to reach more than execa knows of.
    detached: true,
    cleanup: false,
  });
}

interface SpawnFailure {
  readonly code?: string | undefined;
  readonly originalMessage?: string | undefined;
}

function describeSpawnFailure(
  { command, cwd }: StartParams,
  { code, originalMessage }: SpawnFailure,
): string {
  if (!existsSync(cwd)) return `The agent's working directory ${cwd} does not exist.`;
  if (code === 'ENOENT') return `The executable ${command.file} was not found.`;
  if (code === 'EACCES') return `The executable ${command.file} may not be run: permission denied.`;
  if (code === 'E2BIG') return `The arguments of ${command.file} are longer than the system allows.`;
  return `The executable ${command.file} could not be started: ${originalMessage ?? code ?? 'unknown reason'}`;
}

function signalGroup(leader: number, signal: 'SIGTERM' | 'SIGKILL'): void {
  try {
    process.kill(-leader, signal);
  } catch {
    // Nobody is left in the group.
  }
}

import type { Clock } from '@outpost/platform';
import type { AgentCommand } from '../agents/adapter.js';
import type { Redactor } from '../redaction/index.js';
import { whenAborted } from '../stop-signal.js';
import { DRAIN_MS, URGENT_DRAIN_MS } from '../worker-limits.js';
import { startAgent, type AgentProcess } from './agent-process.js';
import { OutputBudget, OutputReader, type OnLine, type OutputStream } from './output.js';
import { Stopper } from './stopper.js';

const KILLED_EXIT_CODE = 137;

export interface SuperviseParams {
  readonly command: AgentCommand;
  /** Absolute. */
  readonly cwd: string;
  /** The whole environment but for the command's own and the mark; nothing is inherited. See `agentEnvironment`. */
  readonly env: Readonly<Record<string, string>>;
  /** Marks the agent and all it starts, so that they can be found: `OUTPOST_AGENT_RUN=<dispatchId>`. */
  readonly dispatchId: string;
  /** The agent's own user, if it has one: nothing that this user runs is left. */
  readonly user?: number | undefined;
  readonly timeoutMs: number;
  /** Between SIGTERM and SIGKILL. */
  readonly graceMs: number;
  /** The same once `urgent` is aborted, counted from then on. */
  readonly urgentGraceMs: number;
  /** Cancels the run. */
  readonly signal: AbortSignal;
  /** Cancels the run, or hastens its end when that has begun. */
  readonly urgent: AbortSignal;
  /** Ends the run, as soon, when its workspace takes more than it may. */
  readonly full?: AbortSignal;
  /** Each line of the output, redacted, without its line break; calls of one stream never overlap. */
  readonly onLine: OnLine;
  readonly redactor: Redactor;
  /** Of both streams together. The rest is read and dropped, with one mark; the last line of a stream always passes. */
  readonly maxOutputBytes: number;
  /** Longer lines are cut, with a mark. */
  readonly maxLineBytes: number;
  readonly clock: Clock;
  /** See `Worker`. */
  readonly oomKills: () => number | undefined;
  readonly drainMs?: number;
}

export interface AgentExit {
  /** Undefined when a signal ended it, or it never ran. */
  readonly exitCode: number | undefined;
  /** As `SIGKILL`. */
  readonly signal: string | undefined;
  /** `timeout`, `cancel` and `full` also when the agent then exited by itself, with whatever code. */
  readonly endedBy: 'exit' | 'timeout' | 'cancel' | 'full' | 'spawn-error';
  readonly durationMs: number;
  /** The kernel killed it for want of memory. */
  readonly outOfMemory?: true;
  /** For people: why it could not be started, what there was too much of, or which of its processes could not be ended. */
  readonly error?: string | undefined;
}

/**
 * Runs the agent to its end, and ends with it whatever it started: no tool process, daemonised or not, is left when this
 * resolves. Never waits for ever: not for the agent, nor for output that an orphan holds open. Rejects only with what
 * `onLine` threw, after all has ended.
 */
export async function superviseAgent(params: SuperviseParams): Promise<AgentExit> {
  const startedAt = params.clock.now();
  const end = await run(params);
  return { ...end, durationMs: params.clock.now() - startedAt };
}

async function run(params: SuperviseParams): Promise<Omit<AgentExit, 'durationMs'>> {
  if (params.signal.aborted) return { exitCode: undefined, signal: undefined, endedBy: 'cancel' };
  const killsBefore = countOf(params);
  let agent: AgentProcess;
  try {
    agent = await startAgent(params);
  } catch (error) {
    return {
      exitCode: undefined,
      signal: undefined,
      endedBy: 'spawn-error',
      error: params.redactor.text(messageOf(error)),
    };
  }
  const output = readOutput(agent, params);
  const stopper = new Stopper({ ...params, agent });
  const exit = await agent.exited;
  const endedBy = stopper.finish();
  const outOfMemory = endedBy === 'exit' && wasKilled(exit) && countOf(params) > killsBefore;
  const error = await stopper.killAll();
  await drain(agent, output, params);
  return { ...exit, endedBy, ...(outOfMemory && { outOfMemory }), ...(error !== undefined && { error }) };
}

function countOf({ oomKills }: SuperviseParams): number {
  return oomKills() ?? 0;
}

/** A shell that runs the CLI tells of its SIGKILL by an exit code. */
function wasKilled({ exitCode, signal }: Pick<AgentExit, 'exitCode' | 'signal'>): boolean {
  return signal === 'SIGKILL' || exitCode === KILLED_EXIT_CODE;
}

/** Settles when both streams have ended. Each is redacted on its own: their bytes must not mix. */
function readOutput(agent: AgentProcess, params: SuperviseParams): Promise<PromiseSettledResult<void>[]> {
  const budget = new OutputBudget(params.maxOutputBytes);
  const read = (stream: OutputStream): Promise<void> =>
    new OutputReader({ ...params, stream, budget, redaction: params.redactor.stream() }).read(agent[stream]);
  return Promise.allSettled([read('stdout'), read('stderr')]);
}

async function drain(
  agent: AgentProcess,
  output: Promise<PromiseSettledResult<void>[]>,
  { urgent, drainMs = DRAIN_MS }: SuperviseParams,
): Promise<void> {
  const giveUp = (): void => {
    agent.stdout.destroy();
    agent.stderr.destroy();
  };
  const timers = [setTimeout(giveUp, drainMs)];
  let isOver = false;
  whenAborted(urgent, () => isOver || timers.push(setTimeout(giveUp, URGENT_DRAIN_MS)));
  const results = await output;
  isOver = true;
  for (const timer of timers) clearTimeout(timer);
  for (const result of results) if (result.status === 'rejected') throw result.reason;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

import {
  failure,
  TIERS,
  type DispatchSpec,
  type Failure,
  type FailureClass,
  type TerminalStatus,
} from '@outpost/contracts';
import type { AgentError, AgentVerdict } from './agents/adapter.js';
import { messageOf, PhaseError } from './phase-error.js';
import type { VerifyRun } from './phases/verify.js';
import type { AgentExit } from './process/index.js';
import type { StopReason } from './stop-signal.js';

/** How a run came out. */
export interface Conclusion {
  readonly status: TerminalStatus;
  readonly failure: Failure | undefined;
}

/** One with a cause. */
type Failed = Conclusion & { readonly failure: Failure };

export interface AgentResult {
  readonly exit: AgentExit;
  readonly verdict: AgentVerdict;
}

const CLASS_OF: Readonly<Record<AgentError['reason'], FailureClass>> = {
  authentication: 'agent_authentication',
  rate_limit: 'agent_rate_limited',
  model_unavailable: 'model_unavailable',
  incomplete: 'agent_incomplete',
  crashed: 'agent_crashed',
  unknown: 'agent_crashed',
};

const COMPLETED: Conclusion = { status: 'COMPLETED', failure: undefined };

/** What the agent's own end means. */
export function concludeAgent(
  { exit, verdict }: AgentResult,
  { timeoutSeconds, tier }: Pick<DispatchSpec, 'timeoutSeconds' | 'tier'>,
): Conclusion {
  if (exit.endedBy === 'timeout') {
    const message = `The agent was still working after ${timeoutSeconds} s and was ended.`;
    return { status: 'TIMEOUT', failure: failure('timed_out', message) };
  }
  if (exit.endedBy === 'full') return workspaceFull(exit, 'The agent');
  if (exit.endedBy === 'spawn-error')
    return failed('agent_missing', exit.error ?? 'The agent CLI could not be started.');
  if (verdict.succeeded) return COMPLETED;
  if (exit.outOfMemory) {
    const message = `The agent was killed: it needed more memory than the ${TIERS[tier].memoryMb} MB of the ${tier} tier.`;
    return failed('out_of_memory', message);
  }
  const error = verdict.error ?? { reason: 'unknown', message: 'The agent did not say why it failed.' };
  return failed(CLASS_OF[error.reason], error.message);
}

/** What the last run of the verify command means. */
export function concludeVerify(
  { exit, result }: VerifyRun,
  { timeoutSeconds }: Pick<DispatchSpec, 'timeoutSeconds'>,
): Conclusion {
  if (result.passed) return COMPLETED;
  if (exit.endedBy === 'timeout') {
    const message = `The verify command was still running when the ${timeoutSeconds} s of the dispatch were over, and was ended.`;
    return { status: 'TIMEOUT', failure: failure('timed_out', message) };
  }
  if (exit.endedBy === 'full') return workspaceFull(exit, 'The verify command');
  return failed('verification_failed', `The verify command ${causeOf(exit)}: ${result.command}`);
}

function workspaceFull({ error }: AgentExit, who: string): Failed {
  return failed('workspace_full', `${error ?? 'The workspace is full.'} ${who} was ended.`);
}

function causeOf({ outOfMemory, error, exitCode, signal }: AgentExit): string {
  if (outOfMemory) return 'was killed for want of memory';
  if (error !== undefined) return `could not be run (${error})`;
  return exitCode === undefined ? `was ended by ${signal ?? 'a signal'}` : `exited with ${exitCode}`;
}

/** What ended the run from outside says more than what a phase made of it. `lost` has no conclusion: it is not ours. */
export function concludeStop(reason: Exclude<StopReason, 'lost'>): Failed {
  if (reason === 'cancelled')
    return { status: 'CANCELLED', failure: failure('cancelled', 'Cancelled on request.') };
  return failed('worker_lost', 'The worker was told to stop before the agent was done.');
}

/** What it came to, for a run that may have been stopped. What was completed all the same is completed. */
export function concludeRun(
  conclusions: readonly (Conclusion | undefined)[],
  stop: StopReason | undefined,
): Conclusion {
  const own = firstFailure(conclusions);
  if (stop === 'cancelled') return concludeStop(stop);
  return stop === 'terminated' && own.status !== 'COMPLETED' ? concludeStop(stop) : own;
}

export function concludeError(error: unknown): Conclusion {
  return failed(error instanceof PhaseError ? error.failureClass : 'internal', messageOf(error));
}

/** What went wrong first is the cause; what failed after it may be its effect. COMPLETED when nothing did. */
export function firstFailure(conclusions: readonly (Conclusion | undefined)[]): Conclusion {
  return (
    conclusions.find((conclusion) => conclusion !== undefined && conclusion.status !== 'COMPLETED') ??
    COMPLETED
  );
}

function failed(failureClass: FailureClass, message: string): Failed {
  return { status: 'FAILED', failure: failure(failureClass, message) };
}

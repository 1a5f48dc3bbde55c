import type { Verification } from '@outpost/contracts';
import { addUsage } from './agents/run-record.js';
import type { AgentResult } from './conclusion.js';
import type { SandboxedRun } from './phases/run-confined.js';
import { runAgent } from './phases/run.js';
import { runVerify, type VerifyRun } from './phases/verify.js';
import { renewPlaces } from './phases/workspace.js';
import type { Stages } from './stages.js';

export interface RoundsParams extends Omit<SandboxedRun, 'timeoutMs'> {
  readonly stages: Stages;
  /** Context, then the task. */
  readonly prompt: string;
}

/**
 * The agent and, when it is done, the verify command: again as long as that fails and may be handed back. All rounds
 * together have the dispatch's `timeoutSeconds`.
 */
export class AgentRounds {
  readonly #params: RoundsParams;
  readonly #endsAt: number;
  #result: AgentResult | undefined;
  #verified: VerifyRun | undefined;
  #attempts = 0;

  constructor(params: RoundsParams) {
    const { worker, record } = params;
    this.#params = params;
    this.#endsAt = worker.clock.now() + record.timeoutSeconds * 1_000;
  }

  /** How the last round of the agent ended, with what all of them used. Undefined when none has ended. */
  get result(): AgentResult | undefined {
    return this.#result;
  }

  /** The last run of the verify command, if there was one. */
  get verified(): VerifyRun | undefined {
    return this.#verified;
  }

  get verification(): Verification | undefined {
    return this.#verified && { ...this.#verified.result, attempts: this.#attempts };
  }

  async toTheEnd(): Promise<void> {
    const { record, prompt, log } = this.#params;
    const { verify, verifyAttempts = 0 } = record;
    let wasDone = await this.#runAgent(prompt);
    if (verify === undefined) return;
    while (wasDone) {
      const { exit, result } = await this.#runVerify(verify);
      if (exit.endedBy !== 'exit' || result.passed || this.#attempts > verifyAttempts) return;
      log.system(`Handed back to ${record.agent}: ${this.#attempts} of ${verifyAttempts}.`);
      // The agent may have left links where this worker is about to write.
      await renewPlaces(this.#params.workspace);
      wasDone = await this.#runAgent(handedBack(prompt, result));
    }
  }

  /** Whether it said that it was done. */
  async #runAgent(prompt: string): Promise<boolean> {
    const result = await this.#params.stages.run('run', () => runAgent(this.#timed(), prompt));
    this.#result = addedTo(this.#result, result);
    return result.exit.endedBy === 'exit' && result.verdict.succeeded;
  }

  async #runVerify(command: string): Promise<VerifyRun> {
    const { stages, log, redactor } = this.#params;
    log.system(`Verifying: ${redactor.text(command)}`);
    const run = await stages.run('verify', () => runVerify(this.#timed(), command));
    this.#verified = run;
    this.#attempts += 1;
    const { passed, exitCode } = run.result;
    log.system(passed ? 'Verified.' : `The verify command failed${withCode(exitCode)}.`);
    return run;
  }

  #timed(): SandboxedRun {
    return { ...this.#params, timeoutMs: Math.max(1, this.#endsAt - this.#params.worker.clock.now()) };
  }
}

function withCode(exitCode: number | null): string {
  return exitCode === null ? '' : ` with exit code ${exitCode}`;
}

function addedTo(earlier: AgentResult | undefined, { exit, verdict }: AgentResult): AgentResult {
  if (earlier === undefined) return { exit, verdict };
  const { usage, reportedCostUsd, finalMessage } = earlier.verdict;
  return {
    exit: { ...exit, durationMs: earlier.exit.durationMs + exit.durationMs },
    verdict: {
      ...verdict,
      finalMessage: verdict.finalMessage ?? finalMessage,
      usage: verdict.usage === undefined ? usage : addUsage(usage, verdict.usage),
      // A sum without one of its parts would be wrong.
      reportedCostUsd:
        reportedCostUsd === undefined || verdict.reportedCostUsd === undefined
          ? undefined
          : reportedCostUsd + verdict.reportedCostUsd,
    },
  };
}

/** A CLI knows nothing of its earlier run: it is told the task again. */
function handedBack(prompt: string, { command, exitCode, outputTail }: VerifyRun['result']): string {
  return [
    prompt,
    '',
    '<verification>',
    'This task was worked on before, and the repository holds that work. This command was then run in it:',
    command,
    `It failed${withCode(exitCode)}, and its output ended with:`,
    outputTail.trimEnd(),
    'Find out why, and change the repository so that the task is done and the command passes.',
    '</verification>',
  ].join('\n');
}

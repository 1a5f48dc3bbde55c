import { LIMITS, type Verification } from '@outpost/contracts';
import type { AgentExit } from '../process/index.js';
import { runConfined, type SandboxedRun } from './run-confined.js';

/** One run of the verify command. */
export interface VerifyRun {
  readonly exit: AgentExit;
  readonly result: Omit<Verification, 'attempts'>;
}

/** Runs the verify command where the agent ran, without the agent's key. What it prints goes to the log. */
export async function runVerify(run: SandboxedRun, command: string): Promise<VerifyRun> {
  const { redactor, log } = run;
  const tail = new Tail(LIMITS.verifyOutputMaxCharacters);
  const shell = { file: '/bin/sh', args: ['-c', command], env: {}, stdin: undefined };
  const exit = await runConfined(run, shell, (_, text) => {
    tail.add(text);
    log.agent({ kind: 'verify', text });
  });
  const passed = exit.endedBy === 'exit' && exit.exitCode === 0;
  const exitCode = exit.exitCode ?? null;
  // Lines were redacted one by one; a secret may span several.
  const outputTail = lastOf(redactor.text(tail.text), LIMITS.verifyOutputMaxCharacters);
  const { durationMs } = exit;
  return { exit, result: { command: redactor.text(command), passed, exitCode, durationMs, outputTail } };
}

/** The last lines of many, in bounded memory. */
class Tail {
  readonly #maxCharacters: number;
  #text = '';

  constructor(maxCharacters: number) {
    this.#maxCharacters = maxCharacters;
  }

  /** Whole lines but for one that is too long by itself, so that no secret is cut before it is known for one. */
  get text(): string {
    return this.#text;
  }

  add(line: string): void {
    this.#text = `${this.#text}${line}\n`;
    // Now and then only: a program may print line by line for hours.
    if (this.#text.length > 4 * this.#maxCharacters) this.#text = lastOf(this.#text, 2 * this.#maxCharacters);
  }
}

function lastOf(text: string, maxCharacters: number): string {
  return text.slice(-maxCharacters).toWellFormed();
}

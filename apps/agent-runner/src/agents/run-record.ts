import type { TokenUsage } from '@outpost/contracts';
import type { AgentError, AgentVerdict } from './adapter.js';
import { asCount } from './json.js';
import { agentError, reasonOfStatus, reasonOfText } from './failures.js';

/** How a process ended. */
export interface AgentExit {
  readonly exitCode: number | undefined;
  readonly signal: string | undefined;
}

/** Characters of stderr kept to explain a crash. */
const STDERR_TAIL = 2000;

/** What a CLI's output adds up to. Each adapter fills it in; the verdict is drawn from it in one way for all. */
export class RunRecord {
  /** The CLI's own terminal success event was seen. */
  finished = false;
  /** The CLI's own words for why it failed. */
  failure: string | undefined;
  /** The HTTP status behind the failure, where the CLI gives it. */
  failureStatus: number | undefined;
  /** Set when the CLI ended in order, but not because the task was done (a denied tool, a token limit). */
  stoppedEarly = false;
  finalMessage: string | undefined;
  usage: TokenUsage | undefined;
  costUsd: number | undefined;
  #stderr = '';

  /** Keeps the end of stderr: where a CLI that dies says why. */
  stderr(line: string): void {
    this.#stderr = `${this.#stderr}${line.slice(0, STDERR_TAIL)}\n`.slice(-STDERR_TAIL);
  }

  verdict(exit: AgentExit): AgentVerdict {
    const succeeded =
      exit.exitCode === 0 && this.finished && this.failure === undefined && !this.stoppedEarly;
    return {
      succeeded,
      error: succeeded ? undefined : this.#error(exit),
      finalMessage: this.finalMessage,
      usage: this.usage,
      reportedCostUsd: this.costUsd,
    };
  }

  #error(exit: AgentExit): AgentError {
    if (this.stoppedEarly) return agentError('incomplete', this.failure);
    const tail = this.#stderr.trim();
    if (this.failure !== undefined) {
      const reason = reasonOfStatus(this.failureStatus) ?? reasonOfText(this.failure) ?? reasonOfText(tail);
      return agentError(reason ?? 'unknown', this.failure);
    }
    if (exit.signal !== undefined) return agentError('crashed', `ended by ${exit.signal}`);
    if (exit.exitCode === 0) return agentError('incomplete', tail || 'nothing, and exited with code 0');
    const code = `exit code ${exit.exitCode ?? 'unknown'}`;
    const words = tail === '' ? code : `${code}: ${tail}`;
    return agentError(reasonOfStatus(this.failureStatus) ?? reasonOfText(tail) ?? 'crashed', words);
  }
}

/** Adds up two usages; either may be missing. */
export function addUsage(a: TokenUsage | undefined, b: TokenUsage): TokenUsage {
  const sum = (name: keyof TokenUsage): number => asCount((a?.[name] ?? 0) + b[name]);
  return {
    inputTokens: sum('inputTokens'),
    outputTokens: sum('outputTokens'),
    cacheReadTokens: sum('cacheReadTokens'),
    cacheWriteTokens: sum('cacheWriteTokens'),
  };
}

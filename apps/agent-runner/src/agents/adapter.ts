import type { AgentName, TokenUsage } from '@outpost/contracts';

/** What a run needs to know to start one CLI. Paths are absolute. */
export interface AgentInput {
  /** The CLI's executable: an absolute path, or a name to look up on PATH. */
  readonly executable: string;
  readonly modelId: string;
  /** The full prompt: context, then the task. May be longer than an argument may be. */
  readonly prompt: string;
  /** The same prompt as a file outside the repository, for CLIs that read no stdin. */
  readonly promptFile: string;
  /** The agent's own, private HOME; exists and is empty. */
  readonly homeDir: string;
  /** Working directory of the agent. */
  readonly repoDir: string;
  /** The provider key; absent when the fleet has none (the CLI then fails with its own words). */
  readonly apiKey: string | undefined;
  /** Endpoint to use in place of the provider's own, or undefined. */
  readonly baseUrl: string | undefined;
}

/** One process to start. */
export interface AgentCommand {
  readonly file: string;
  readonly args: readonly string[];
  /** Added to the scrubbed environment (PATH, HOME, LANG, TMPDIR …). */
  readonly env: Readonly<Record<string, string>>;
  /** Text for stdin; undefined closes it at once. A silent open stdin hangs some CLIs. */
  readonly stdin: string | undefined;
}

/** A readable line for the log. `kind` lets a reader colour or filter. */
export interface AgentLogLine {
  readonly kind: 'text' | 'tool' | 'result' | 'error' | 'raw';
  readonly text: string;
}

/** How the CLI ended, in its own words. */
export interface AgentVerdict {
  /** Exit code 0 AND the CLI's own terminal success event: neither alone can be trusted. */
  readonly succeeded: boolean;
  /** Why not, when it did not; one or two sentences for a person. */
  readonly error: AgentError | undefined;
  /** The agent's last message to the user. */
  readonly finalMessage: string | undefined;
  readonly usage: TokenUsage | undefined;
  /** What the CLI says that it cost, in US dollars; undefined when it does not say. */
  readonly reportedCostUsd: number | undefined;
}

export interface AgentError {
  readonly reason:
    'authentication' | 'rate_limit' | 'model_unavailable' | 'incomplete' | 'crashed' | 'unknown';
  readonly message: string;
}

/** Reads one run's output. Stateful: one per run. Lines arrive without their newline, already redacted. */
export interface AgentOutputParser {
  /** Lines worth logging; an empty array for noise. Text that arrives in fragments is joined before it is returned. */
  line(stream: 'stdout' | 'stderr', text: string): readonly AgentLogLine[];
  /** What is still buffered, at the end of the output. */
  flush(): readonly AgentLogLine[];
  verdict(exit: { readonly exitCode: number | undefined; readonly signal: string | undefined }): AgentVerdict;
}

/** One CLI: how to start it, and how to read what it says. */
export interface AgentAdapter {
  readonly agent: AgentName;
  /**
   * What the CLI itself leaves in the repository, as gitignore patterns: no part of the agent's change.
   * Absent for a CLI that keeps to its HOME.
   */
  readonly leftovers?: readonly string[];
  /** Writes the CLI's settings into `homeDir` and says what to start. */
  prepare(input: AgentInput): Promise<AgentCommand>;
  createParser(): AgentOutputParser;
}

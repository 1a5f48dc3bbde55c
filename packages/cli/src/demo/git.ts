import type { Environment } from '../config.js';
import { runTool } from '../agents/run-tool.js';

export interface GitOptions {
  readonly cwd: string;
  readonly base: Environment;
  /** Lets git use the caller's own configuration: the credentials for a private repository. */
  readonly ownConfiguration?: boolean;
  readonly signal?: AbortSignal | undefined;
}

/** Runs git, untouched by the caller's configuration unless asked for. */
export async function git(args: readonly string[], options: GitOptions): Promise<string> {
  const isolation = { GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' };
  return runTool({
    purpose: `git ${args.find((argument) => /^[a-z]/.test(argument)) ?? ''}`,
    file: 'git',
    args,
    cwd: options.cwd,
    env: { ...options.base, GIT_TERMINAL_PROMPT: '0', ...(options.ownConfiguration !== true && isolation) },
    timeoutMs: 5 * 60_000,
    signal: options.signal,
    missing: 'Install git.',
  });
}

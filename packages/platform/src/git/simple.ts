import { simpleGit, type SimpleGit, type SimpleGitOptions } from 'simple-git';
import { mkdirSync } from 'node:fs';
import { gitEnvironment, type GitHost } from './environment.js';

export interface SafeGitParams {
  readonly host: GitHost;
  readonly baseDir: string;
  /** On top of {@link gitEnvironment}. */
  readonly env?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
}

/**
 * simple-git in {@link gitEnvironment}, for work that stays on this disk. It blocks by default what could be used to
 * run a program; what is allowed here again are the very settings that forbid that.
 */
const ALLOWED: NonNullable<SimpleGitOptions['unsafe']> = {
  allowUnsafeConfigPaths: true,
  allowUnsafeConfigEnvCount: true,
  allowUnsafeSshCommand: true,
  allowUnsafeHooksPath: true,
  allowUnsafeFsMonitor: true,
  allowUnsafeCredentialHelper: true,
  allowUnsafeProtocolOverride: true,
  allowUnsafeTemplateDir: true,
};

/** A simple-git for a directory that exists. */
export function safeGit({ host, baseDir, env, signal }: SafeGitParams): SimpleGit {
  mkdirSync(host.home, { recursive: true, mode: 0o700 });
  const environment = { ...gitEnvironment(host), ...env };
  return simpleGit({
    baseDir,
    maxConcurrentProcesses: 1,
    allowEnvironment: Object.keys(environment),
    unsafe: ALLOWED,
    ...(signal !== undefined && { abort: signal }),
  }).env(environment);
}

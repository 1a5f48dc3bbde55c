/** `refused`: the remote is not one that may be reached. */
export type GitErrorReason =
  'refused' | 'failed' | 'timed_out' | 'aborted' | 'not_installed' | 'output_too_large';

/** A git that did not do its job. `message` names the command and the cause, never a credential. */
export class GitError extends Error {
  override readonly name = 'GitError';
  readonly reason: GitErrorReason;
  readonly exitCode: number | undefined;
  /** What git wrote to stderr, capped. */
  readonly stderr: string;
  /** What it wrote to stdout before it failed. */
  readonly stdout: Buffer;

  constructor(params: {
    readonly reason: GitErrorReason;
    readonly command: string;
    readonly exitCode?: number | undefined;
    readonly stderr?: string;
    readonly stdout?: Buffer;
    readonly cause?: unknown;
  }) {
    const stderr = params.stderr ?? '';
    super(describe(params.reason, params.command, stderr), { cause: params.cause });
    this.reason = params.reason;
    this.exitCode = params.exitCode;
    this.stderr = stderr;
    this.stdout = params.stdout ?? Buffer.alloc(0);
  }
}

function describe(reason: GitErrorReason, command: string, stderr: string): string {
  switch (reason) {
    case 'timed_out':
      return `git ${command} took too long and was stopped`;
    case 'aborted':
      return `git ${command} was stopped`;
    case 'not_installed':
      return 'git could not be started: is it installed and on PATH?';
    case 'output_too_large':
      return `git ${command} wrote more than it may`;
    case 'refused':
      return stderr;
    case 'failed':
      return `git ${command} failed${lastLine(stderr)}`;
  }
}

function lastLine(stderr: string): string {
  const lines = stderr.split('\n').filter((line) => line.trim() !== '');
  const line = lines.findLast((candidate) => /^(fatal|error):/.test(candidate)) ?? lines.at(-1);
  return line === undefined ? '' : `: ${line.replace(/^(fatal|error): /, '')}`;
}

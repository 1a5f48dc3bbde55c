import { execa } from 'execa';
import { CliError } from '../cli-error.js';

/** A work tree of git, with the caller's own git and its configuration. */
export class Checkout {
  /** Absolute. */
  readonly directory: string;

  private constructor(directory: string) {
    this.directory = directory;
  }

  /** The work tree that a directory is in; undefined outside of one. */
  static async around(directory: string): Promise<Checkout | undefined> {
    const top = await tryGit(directory, ['rev-parse', '--show-toplevel']);
    return top === undefined ? undefined : new Checkout(top);
  }

  /** What git says, without the line end; undefined when it fails. */
  async ask(...args: string[]): Promise<string | undefined> {
    return tryGit(this.directory, args);
  }

  /** Runs git and tells whether it did what it was told, with what it said about it. */
  async run(
    args: readonly string[],
    input: Buffer,
  ): Promise<{ readonly ok: boolean; readonly said: string }> {
    const result = await execa('git', [...args], { cwd: this.directory, input, reject: false, all: true });
    if (result.code === 'ENOENT') throw noGit();
    return { ok: !result.failed, said: result.all.trim() };
  }

  /** Undefined when HEAD is on no branch. */
  async branch(): Promise<string | undefined> {
    return this.ask('symbolic-ref', '--quiet', '--short', 'HEAD');
  }

  /** Tracked files that differ from HEAD. */
  async changedFiles(): Promise<readonly string[]> {
    const status = await this.ask('status', '--porcelain', '--untracked-files=no');
    return (status ?? '').split('\n').filter((line) => line !== '');
  }
}

async function tryGit(cwd: string, args: readonly string[]): Promise<string | undefined> {
  const env = { GIT_TERMINAL_PROMPT: '0' };
  const result = await execa('git', [...args], { cwd, env, stdin: 'ignore', reject: false });
  if (result.code === 'ENOENT') throw noGit();
  return result.failed ? undefined : result.stdout;
}

function noGit(): CliError {
  return new CliError('git was not found. Install git.');
}

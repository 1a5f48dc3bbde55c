import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Environment } from '../config.js';
import { git } from './git.js';

export interface PatchCheck {
  readonly applies: boolean;
  /** Why it does not. */
  readonly reason?: string;
}

/** A clone of its own, in which patches are tried. One at a time. */
export class PatchChecker {
  readonly #directory: string;
  readonly #base: Environment;
  readonly #signal: AbortSignal | undefined;

  private constructor(params: { directory: string; base: Environment; signal: AbortSignal | undefined }) {
    this.#directory = params.directory;
    this.#base = params.base;
    this.#signal = params.signal;
  }

  /** Clones `url` into `directory`, without a work tree yet. */
  static async clone(params: {
    readonly url: string;
    readonly directory: string;
    readonly base: Environment;
    readonly signal?: AbortSignal | undefined;
  }): Promise<PatchChecker> {
    const { url, directory, base, signal } = params;
    await rm(directory, { recursive: true, force: true });
    const options = { cwd: '/', base, ownConfiguration: true, signal };
    await git(['clone', '--quiet', '--no-checkout', '--', url, directory], options);
    return new PatchChecker({ directory, base, signal });
  }

  /** Whether `git apply --check` takes the patch on the commit it was made against. */
  async check(patch: { readonly text: string; readonly baseCommit: string }): Promise<PatchCheck> {
    if (patch.text.trim() === '')
      return { applies: false, reason: 'The patch is empty: the agent changed nothing.' };
    const file = join(this.#directory, '.git', 'candidate.patch');
    const options = { cwd: this.#directory, base: this.#base, signal: this.#signal };
    try {
      await git(['checkout', '--quiet', '--force', '--detach', patch.baseCommit], options);
      await git(['clean', '--quiet', '-ffdx'], options);
      await writeFile(file, patch.text);
      await git(['apply', '--check', file], options);
      return { applies: true };
    } catch (error) {
      this.#signal?.throwIfAborted();
      return { applies: false, reason: error instanceof Error ? error.message : String(error) };
    }
  }
}

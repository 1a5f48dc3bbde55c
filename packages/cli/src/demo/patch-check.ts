import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Environment } from '../config.js';
import { git } from './git.js';

export interface PatchCheck {
  readonly applies: boolean;
  /** Why it does not. */
  readonly reason?: string;
}

/** Tries patches in a clone of its own, made at the first one. One at a time. */
export class PatchChecker {
  readonly #url: string;
  readonly #directory: string;
  readonly #base: Environment;
  readonly #signal: AbortSignal | undefined;
  #isCloned = false;

  constructor(params: {
    readonly url: string;
    readonly directory: string;
    readonly base: Environment;
    readonly signal?: AbortSignal | undefined;
  }) {
    this.#url = params.url;
    this.#directory = params.directory;
    this.#base = params.base;
    this.#signal = params.signal;
  }

  /** Whether `git apply --check` takes the patch on the commit it was made against. */
  async check(patch: { readonly text: string; readonly baseCommit: string }): Promise<PatchCheck> {
    if (patch.text.trim() === '') return { applies: false, reason: 'The patch is empty.' };
    const file = join(this.#directory, '.git', 'candidate.patch');
    const options = { cwd: this.#directory, base: this.#base, signal: this.#signal };
    try {
      await this.#clone();
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

  async #clone(): Promise<void> {
    if (this.#isCloned) return;
    await rm(this.#directory, { recursive: true, force: true });
    const options = { cwd: '/', base: this.#base, ownConfiguration: true, signal: this.#signal };
    await git(['clone', '--quiet', '--no-checkout', '--', this.#url, this.#directory], options);
    this.#isCloned = true;
  }
}

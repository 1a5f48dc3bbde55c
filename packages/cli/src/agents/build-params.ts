import type { CliConfig } from '../config.js';
import type { PinnedAgent } from './pinned.js';

/** What it takes to install a CLI into an empty directory. */
export interface BuildParams {
  readonly pinned: PinnedAgent;
  readonly directory: string;
  readonly config: CliConfig;
  readonly signal?: AbortSignal | undefined;
}

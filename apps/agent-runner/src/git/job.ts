import type { GitHost } from '@outpost/platform/git';

/** What every piece of git work needs. */
export interface GitJob {
  readonly host: GitHost;
  /** Ends it, with all the git processes that it started; how long it may take is for its caller to say. */
  readonly signal: AbortSignal;
}

import type { GitHost } from '@outpost/platform/git';

/** What every piece of git work needs. */
export interface GitJob {
  readonly host: GitHost;
  /** For all of it together. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

/** Aborts at the job's time-out or with the job's own signal, whichever comes first. */
export function deadlineOf({ timeoutMs, signal }: GitJob): AbortSignal {
  const timeout = AbortSignal.timeout(timeoutMs);
  return signal === undefined ? timeout : AbortSignal.any([signal, timeout]);
}

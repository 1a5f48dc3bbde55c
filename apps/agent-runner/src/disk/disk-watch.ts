import { LIMITS, type DispatchSpec } from '@outpost/contracts';
import type { Logger } from 'pino';
import { setTimeout as sleep } from 'node:timers/promises';
import { measureTree, type DiskLimits, type DiskUse } from './measure.js';

const MB = 1024 ** 2;
/** A walk may take this share of the time: of a large tree the looks are further apart. */
const SHARE_OF_TIME = 0.25;

interface DiskWatchOptions {
  /** Absolute: all that the run may write to is in it. */
  readonly root: string;
  readonly limits: DiskLimits;
  readonly intervalMs: number;
  readonly logger: Logger;
  /** Resolves after a while; rejects when the signal is aborted before. */
  readonly pause?: (ms: number, signal: AbortSignal) => Promise<unknown>;
}

/** What the workspace of a dispatch may take. */
export function diskLimitsOf({ workspaceLimits }: Pick<DispatchSpec, 'workspaceLimits'>): DiskLimits {
  const { megabytes = LIMITS.workspaceQuotaDefaultMb, files = LIMITS.workspaceFilesDefault } =
    workspaceLimits ?? {};
  return { bytes: megabytes * MB, files };
}

/** While the agent works, looks every little while at what its workspace takes on disk. */
export class DiskWatch implements AsyncDisposable {
  readonly #options: DiskWatchOptions;
  readonly #full = new AbortController();
  readonly #end = new AbortController();
  #excess: string | undefined;
  #run: Promise<void> = Promise.resolve();

  constructor(options: DiskWatchOptions) {
    this.#options = options;
  }

  /** Aborted when the workspace takes more than it may. */
  get full(): AbortSignal {
    return this.#full.signal;
  }

  /** What there is too much of, for people. */
  get excess(): string | undefined {
    return this.#excess;
  }

  start(): void {
    this.#run = this.#watch();
  }

  /** Resolves when it looks no more. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#end.abort();
    await this.#run;
  }

  /** Looks once. One that is given up, or fails, has found nothing. */
  async look(signal: AbortSignal = this.#end.signal): Promise<void> {
    const { root, limits, logger } = this.#options;
    try {
      this.#excess = excessOf(await measureTree(root, limits, signal), limits);
    } catch (error) {
      if (!signal.aborted) logger.warn({ err: error }, 'the size of the workspace cannot be told');
    }
    if (this.#excess !== undefined) this.#full.abort();
  }

  async #watch(): Promise<void> {
    const { intervalMs, pause = sleepUntilAborted } = this.#options;
    const { signal } = this.#end;
    let tookMs = 0;
    while (!signal.aborted && this.#excess === undefined) {
      await pause(Math.max(intervalMs, tookMs / SHARE_OF_TIME), signal).catch(() => undefined);
      if (signal.aborted) return;
      const begun = performance.now();
      await this.look();
      tookMs = performance.now() - begun;
    }
  }
}

function excessOf({ bytes, files, excess }: DiskUse, limits: DiskLimits): string | undefined {
  switch (excess) {
    case undefined:
      return undefined;
    case 'bytes':
      return `The workspace took ${Math.ceil(bytes / MB)} MB or more on disk, and may take ${limits.bytes / MB} MB.`;
    case 'files':
      return `The workspace held ${files} files or more, and may hold ${limits.files}.`;
    case 'depth':
      return 'The workspace had directories nested too deep to be counted.';
  }
}

function sleepUntilAborted(ms: number, signal: AbortSignal): Promise<unknown> {
  return sleep(ms, undefined, { signal });
}

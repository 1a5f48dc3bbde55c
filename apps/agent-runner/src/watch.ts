import { isCancelRequested } from '@outpost/contracts';
import type { Logger } from 'pino';
import { setTimeout as sleep } from 'node:timers/promises';
import type { StopSignal } from './stop-signal.js';
import type { RecordKeeper } from './worker.js';

interface WatchOptions extends Pick<RecordKeeper, 'key' | 'taskArn'> {
  readonly dispatches: Pick<RecordKeeper['platform']['dispatches'], 'get'>;
  readonly stop: StopSignal;
  readonly logger: Logger;
  readonly intervalMs: number;
  /** Resolves after a while; rejects when the signal is aborted before. */
  readonly pause?: (ms: number, signal: AbortSignal) => Promise<unknown>;
}

/**
 * Reads the record every little while: whether the dispatch was cancelled, and whether it is still this worker's. A
 * signal may not come (a worker on another machine), and a heartbeat comes too seldom for who waits for the end.
 */
export class Watch {
  readonly #options: WatchOptions;
  readonly #end = new AbortController();

  constructor(options: WatchOptions) {
    this.#options = options;
  }

  start(): void {
    void this.#run();
  }

  end(): void {
    this.#end.abort();
  }

  async #run(): Promise<void> {
    const { intervalMs, stop, pause = sleepUntilAborted } = this.#options;
    // There is nothing to learn for one that has lost it.
    const signal = AbortSignal.any([this.#end.signal, stop.lost]);
    while (!signal.aborted) {
      await pause(intervalMs, signal).catch(() => undefined);
      if (!signal.aborted) await this.#look();
    }
  }

  async #look(): Promise<void> {
    const { dispatches, key, taskArn, stop, logger } = this.#options;
    try {
      const record = await dispatches.get(key);
      if (this.#end.signal.aborted) return;
      if (record?.status !== 'RUNNING' || record.taskArn !== taskArn) stop.stop('lost');
      else if (isCancelRequested(record)) stop.stop('cancelled');
    } catch (error) {
      logger.debug({ err: error }, 'the record cannot be read');
    }
  }
}

function sleepUntilAborted(ms: number, signal: AbortSignal): Promise<unknown> {
  return sleep(ms, undefined, { signal });
}

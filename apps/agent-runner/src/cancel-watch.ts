import { isCancelRequested, isTerminal } from '@outpost/contracts';
import type { DispatchKey, DispatchStore } from '@outpost/platform';
import type { Logger } from 'pino';
import type { StopSignal } from './stop-signal.js';

interface CancelWatchOptions {
  readonly dispatches: Pick<DispatchStore, 'get'>;
  readonly key: DispatchKey;
  readonly stop: StopSignal;
  readonly logger: Logger;
  readonly intervalMs: number;
}

/** Looks at the record for a cancellation: the signal that tells of one may come late, or never. */
export class CancelWatch {
  readonly #options: CancelWatchOptions;
  #timer: NodeJS.Timeout | undefined;
  #ended = false;

  constructor(options: CancelWatchOptions) {
    this.#options = options;
  }

  start(): void {
    this.#timer = setTimeout(
      () => void this.#look().finally(() => this.#ended || this.start()),
      this.#options.intervalMs,
    );
  }

  end(): void {
    this.#ended = true;
    clearTimeout(this.#timer);
  }

  async #look(): Promise<void> {
    const { dispatches, key, stop, logger } = this.#options;
    try {
      const record = await dispatches.get(key);
      if (this.#ended) return;
      if (record === undefined || isTerminal(record.status)) stop.stop('lost');
      else if (isCancelRequested(record)) stop.stop('cancelled');
    } catch (error) {
      logger.warn({ err: error }, 'the record could not be read; the next look makes up for it');
    }
  }
}

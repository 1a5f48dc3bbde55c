import { isCancelRequested, isTerminal, type Stage } from '@outpost/contracts';
import { timestamp, type Clock, type DispatchKey, type DispatchStore } from '@outpost/platform';
import type { Logger } from 'pino';
import type { StopSignal } from './stop-signal.js';

interface HeartbeatOptions {
  readonly dispatches: DispatchStore;
  readonly key: DispatchKey;
  readonly clock: Clock;
  readonly stop: StopSignal;
  readonly logger: Logger;
  readonly intervalMs: number;
}

/** Says that the worker lives, and learns in the same write whether it should go on. */
export class Heartbeat {
  readonly #options: HeartbeatOptions;
  #timer: NodeJS.Timeout | undefined;
  #ended = false;

  constructor(options: HeartbeatOptions) {
    this.#options = options;
  }

  start(): void {
    this.#timer = setTimeout(
      () => void this.beat().finally(() => this.#ended || this.start()),
      this.#options.intervalMs,
    );
  }

  end(): void {
    this.#ended = true;
    clearTimeout(this.#timer);
  }

  /** Resolves when the store has answered, or has failed to: a beat that is missed is made up by the next. */
  async beat(stage?: Stage): Promise<void> {
    const { dispatches, key, clock, stop, logger } = this.#options;
    try {
      const result = await dispatches.annotate({
        ...key,
        during: ['RUNNING'],
        set: { heartbeatAt: timestamp(clock), ...(stage !== undefined && { stage }) },
      });
      if (result.outcome === 'missing' || (result.outcome === 'refused' && isTerminal(result.record.status)))
        stop.stop('lost');
      else if (isCancelRequested(result.record)) stop.stop('cancelled');
    } catch (error) {
      logger.warn({ err: error }, 'heartbeat failed');
    }
  }
}

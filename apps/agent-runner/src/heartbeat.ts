import { isCancelRequested, type Stage, type StageTimings } from '@outpost/contracts';
import { timestamp, type Clock, type DispatchKey, type DispatchStore } from '@outpost/platform';
import type { Logger } from 'pino';
import type { StopSignal } from './stop-signal.js';

interface HeartbeatOptions {
  readonly dispatches: Pick<DispatchStore, 'annotate'>;
  readonly key: DispatchKey;
  readonly taskArn: string;
  readonly clock: Clock;
  readonly stop: StopSignal;
  readonly logger: Logger;
  readonly intervalMs: number;
}

/** Where the run is, and what its stages have taken so far. */
interface Progress {
  readonly stage: Stage;
  readonly timings: StageTimings;
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
  async beat(progress?: Progress): Promise<void> {
    const { dispatches, key, taskArn, clock, stop, logger } = this.#options;
    if (this.#ended || stop.lost.aborted) return;
    try {
      const result = await dispatches.annotate({
        ...key,
        during: ['RUNNING'],
        fence: { taskArn },
        set: { heartbeatAt: timestamp(clock), ...progress },
      });
      if (this.#ended) return;
      if (result.outcome !== 'moved') stop.stop('lost');
      else if (isCancelRequested(result.record)) stop.stop('cancelled');
    } catch (error) {
      logger.warn({ err: error }, 'heartbeat failed');
    }
  }
}

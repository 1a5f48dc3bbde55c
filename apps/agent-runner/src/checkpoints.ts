import type { Logger } from 'pino';

interface CheckpointsOptions {
  readonly intervalMs: number;
  /** Stores what there is. Gives up when `signal` is aborted. */
  readonly take: (signal: AbortSignal) => Promise<void>;
  readonly logger: Logger;
}

/** While the agent works, stores what it has done so far: a worker that is killed loses no more than an interval. */
export class Checkpoints {
  readonly #options: CheckpointsOptions;
  readonly #end = new AbortController();
  #timer: NodeJS.Timeout | undefined;
  #underWay: Promise<void> = Promise.resolve();

  constructor(options: CheckpointsOptions) {
    this.#options = options;
  }

  start(): void {
    this.#timer = setTimeout(() => {
      this.#underWay = this.#take().finally(() => this.#end.signal.aborted || this.start());
    }, this.#options.intervalMs);
  }

  /** Resolves when none is under way, and none will be. */
  async end(): Promise<void> {
    this.#end.abort();
    clearTimeout(this.#timer);
    await this.#underWay;
  }

  // The next one, or the end of the run, makes up for one that fails.
  async #take(): Promise<void> {
    const { take, logger } = this.#options;
    await take(this.#end.signal).catch((error: unknown) => logger.warn({ err: error }, 'checkpoint failed'));
  }
}

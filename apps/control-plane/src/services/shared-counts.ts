import type { Clock, CounterStore } from '@outpost/platform';
import type { Logger } from 'pino';

/** Between two exchanges: so long may the instances together allow more than each would alone. */
const EXCHANGE_INTERVAL_MS = 1_000;
const WINDOW_SECONDS = 60;

export interface SharedCountsOptions {
  /** Of what is counted, among all that is counted in this store. */
  readonly name: string;
  readonly store: CounterStore;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Is told what others have counted since it was told last. */
  readonly learn: (key: string, count: number) => Promise<void>;
}

/** Tells the instances what each of them counts, a write a second at most for each key. Nobody waits for it. */
export class SharedCounts {
  readonly #options: SharedCountsOptions;
  #pending = new Map<string, number>();
  /** What each count had come to when it was exchanged last; of this window. */
  #known = new Map<string, number>();
  #window = 0;
  #exchangedAt: number;
  #exchange: Promise<void> = Promise.resolve();
  #isExchanging = false;

  constructor(options: SharedCountsOptions) {
    this.#options = options;
    this.#exchangedAt = options.clock.now();
  }

  count(key: string): void {
    this.#pending.set(key, (this.#pending.get(key) ?? 0) + 1);
    const { clock, logger } = this.#options;
    if (this.#isExchanging || clock.now() < this.#exchangedAt + EXCHANGE_INTERVAL_MS) return;
    this.#isExchanging = true;
    this.#exchange = this.#exchangeAll()
      .catch((error: unknown) => logger.warn({ err: error }, 'counts were not exchanged'))
      .finally(() => {
        this.#exchangedAt = clock.now();
        this.#isExchanging = false;
      });
  }

  /** Resolves when no exchange is under way. */
  settled(): Promise<void> {
    return this.#exchange;
  }

  async #exchangeAll(): Promise<void> {
    const seconds = Math.floor(this.#options.clock.now() / 1_000);
    this.#enter(seconds - (seconds % WINDOW_SECONDS));
    const pending = this.#pending;
    this.#pending = new Map();
    const results = await Promise.allSettled(
      [...pending].map(([key, count]) => this.#exchangeOne(key, count)),
    );
    const failed = results.find((result) => result.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
  }

  // Counts of a window that is over are of no use to anybody.
  #enter(window: number): void {
    if (window === this.#window) return;
    this.#window = window;
    this.#known = new Map();
  }

  async #exchangeOne(key: string, count: number): Promise<void> {
    const { name, store, learn } = this.#options;
    const window = this.#window;
    const total = await store.add({
      name: `${name}#${key}#${window}`,
      count,
      expiresAt: window + 2 * WINDOW_SECONDS,
    });
    const others = total - count - (this.#known.get(key) ?? 0);
    this.#known.set(key, total);
    if (others > 0) await learn(key, others);
  }
}

import type { Reconciler } from './services/reconciler.js';
import { SingleFlight } from './single-flight.js';

/** Runs the Reconciler every `intervalMs`, and at once when `poke` is called. Rounds never overlap. */
export class ReconcileLoop {
  readonly #reconciler: Reconciler;
  readonly #intervalMs: number;
  readonly #rounds = new SingleFlight(() => this.#round());
  #timer: NodeJS.Timeout | undefined;
  #isStopped = false;

  constructor({ reconciler, intervalMs }: { reconciler: Reconciler; intervalMs: number }) {
    this.#reconciler = reconciler;
    this.#intervalMs = intervalMs;
  }

  /** Asks for a round soon. */
  poke(): void {
    if (!this.#isStopped) void this.#rounds.request();
  }

  /** Resolves when the round under way has ended. No other follows. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    clearTimeout(this.#timer);
    await this.#rounds.settled();
  }

  async #round(): Promise<void> {
    clearTimeout(this.#timer);
    if (this.#isStopped) return;
    await this.#reconciler.tick();
    if (!this.#isStopped) this.#timer = setTimeout(() => this.poke(), this.#intervalMs);
  }
}

import type { Reconciler } from './services/reconciler.js';

/** Runs the Reconciler every `intervalMs`, and at once when `poke` is called. Rounds never overlap. */
export class ReconcileLoop {
  readonly #reconciler: Reconciler;
  readonly #intervalMs: number;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> | undefined;
  #again = false;
  #stopped = false;

  constructor({ reconciler, intervalMs }: { reconciler: Reconciler; intervalMs: number }) {
    this.#reconciler = reconciler;
    this.#intervalMs = intervalMs;
  }

  /** Asks for a round soon: the one under way may have read before what happened just now. */
  poke(): void {
    if (this.#stopped) return;
    if (this.#running !== undefined) {
      this.#again = true;
      return;
    }
    clearTimeout(this.#timer);
    this.#running = this.#reconciler.tick().finally(() => this.#next());
  }

  /** Resolves when the round under way has ended. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#running;
  }

  #next(): void {
    this.#running = undefined;
    if (this.#stopped) return;
    const delay = this.#again ? 0 : this.#intervalMs;
    this.#again = false;
    this.#timer = setTimeout(() => this.poke(), delay);
  }
}

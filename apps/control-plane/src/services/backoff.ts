import type { Clock } from '@outpost/platform';

interface Failures {
  readonly count: number;
  readonly lastAt: number;
}

/** A pause after a failure that doubles with each one that follows soon. */
export class Backoff<Key> {
  readonly #clock: Clock;
  readonly #firstMs: number;
  readonly #maxMs: number;
  readonly #failures = new Map<Key, Failures>();

  constructor({ clock, firstMs, maxMs }: { clock: Clock; firstMs: number; maxMs: number }) {
    this.#clock = clock;
    this.#firstMs = firstMs;
    this.#maxMs = maxMs;
  }

  failed(key: Key): void {
    const failures = this.#failures.get(key);
    // Twice the pause without a failure: whatever it was, it is over.
    const isLast = failures !== undefined && this.#sinceMs(failures) < 2 * this.#pauseMs(failures);
    this.#failures.set(key, { count: isLast ? failures.count + 1 : 1, lastAt: this.#clock.now() });
  }

  isPaused(key: Key): boolean {
    const failures = this.#failures.get(key);
    return failures !== undefined && this.#sinceMs(failures) < this.#pauseMs(failures);
  }

  #sinceMs({ lastAt }: Failures): number {
    return this.#clock.now() - lastAt;
  }

  #pauseMs({ count }: Failures): number {
    return Math.min(this.#maxMs, this.#firstMs * 2 ** (count - 1));
  }
}

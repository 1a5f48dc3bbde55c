import type { Stage, StageTimings } from '@outpost/contracts';
import type { Clock } from '@outpost/platform';

/** Times each phase, and tells where the run is. */
export class Stages {
  readonly #clock: Clock;
  readonly #onEnter: (stage: Stage) => Promise<void>;
  readonly #timings: StageTimings = {};

  constructor({ clock, onEnter }: { clock: Clock; onEnter: (stage: Stage) => Promise<void> }) {
    this.#clock = clock;
    this.#onEnter = onEnter;
  }

  /** Milliseconds of each phase so far. */
  get timings(): StageTimings {
    return { ...this.#timings };
  }

  async run<T>(stage: Stage, phase: () => Promise<T>): Promise<T> {
    const started = this.#clock.now();
    await this.#onEnter(stage);
    try {
      return await phase();
    } finally {
      this.#timings[stage] = Math.max(0, this.#clock.now() - started);
    }
  }
}

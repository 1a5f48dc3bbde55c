import type { Stage, StageTimings } from '@outpost/contracts';
import type { Clock } from '@outpost/platform';
import { withinLimit } from './time-limit.js';
import type { LimitedStage, WorkerLimits } from './worker-limits.js';

interface StagesOptions {
  readonly clock: Clock;
  readonly limits: Pick<WorkerLimits, 'phaseTimeoutMs' | 'settleMs'>;
  /** What went before this worker. */
  readonly before: StageTimings;
  readonly onEnter: (progress: { readonly stage: Stage; readonly timings: StageTimings }) => Promise<void>;
}

/** Times each phase, tells where the run is, and holds each to its limit. */
export class Stages {
  readonly #options: StagesOptions;
  #timings: StageTimings;

  constructor(options: StagesOptions) {
    this.#options = options;
    this.#timings = options.before;
  }

  /** Milliseconds of each stage so far. */
  get timings(): StageTimings {
    return this.#timings;
  }

  /** One that sees to its own end. */
  async run<T>(stage: 'run' | 'verify', phase: () => Promise<T>): Promise<T> {
    return await this.#timed(stage, async () => {
      await this.#enter(stage);
      return await phase();
    });
  }

  /** One that is told by its signal when to end: at its limit, or with the given signal. */
  async limited<T>(
    stage: LimitedStage,
    signal: AbortSignal,
    phase: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const { phaseTimeoutMs, settleMs } = this.#options.limits;
    const limit = { name: stage, limitMs: phaseTimeoutMs[stage], signal, settleMs };
    return await this.#timed(
      stage,
      async () =>
        await withinLimit(limit, async (limited) => {
          await this.#enter(stage);
          // The store may have answered that the dispatch is no longer for this worker.
          limited.throwIfAborted();
          return await phase(limited);
        }),
    );
  }

  async #enter(stage: Stage): Promise<void> {
    await this.#options.onEnter({ stage, timings: this.#timings });
  }

  async #timed<T>(stage: Stage, phase: () => Promise<T>): Promise<T> {
    const started = this.#options.clock.now();
    try {
      return await phase();
    } finally {
      const ms = Math.max(0, this.#options.clock.now() - started);
      // The agent may be given its task back: then it has its stage more than once.
      this.#timings = { ...this.#timings, [stage]: (this.#timings[stage] ?? 0) + ms };
    }
  }
}

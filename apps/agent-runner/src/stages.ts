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
  #underWay: { readonly stage: Stage; readonly since: number } | undefined;

  constructor(options: StagesOptions) {
    this.#options = options;
    this.#timings = options.before;
  }

  /** Milliseconds of each stage so far, the one under way among them, but for the report. */
  get timings(): StageTimings {
    if (this.#underWay === undefined || this.#underWay.stage === 'report') return this.#timings;
    const { stage, since } = this.#underWay;
    return this.#with(stage, since);
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
    const since = this.#options.clock.now();
    this.#underWay = { stage, since };
    try {
      return await phase();
    } finally {
      this.#timings = this.#with(stage, since);
      // An early report comes in the middle of another.
      if (this.#underWay.stage === stage) this.#underWay = undefined;
    }
  }

  /** The agent may be given its task back: then it has its stage more than once. */
  #with(stage: Stage, since: number): StageTimings {
    const ms = Math.max(0, this.#options.clock.now() - since);
    return { ...this.#timings, [stage]: (this.#timings[stage] ?? 0) + ms };
  }
}

/** Runs one thing, never twice at the same time. */
export class SingleFlight {
  readonly #run: () => Promise<void>;
  #underWay: Promise<void> | undefined;
  #following: Promise<void> | undefined;

  constructor(run: () => Promise<void>) {
    this.#run = run;
  }

  /**
   * Resolves or rejects with a run that began after this call: the one under way may have read before what happened
   * just now. Those who ask while it is under way share the next one.
   */
  request(): Promise<void> {
    if (this.#underWay === undefined) {
      this.#underWay = this.#start();
      return this.#underWay;
    }
    this.#following ??= this.#startAfter(this.#underWay);
    return this.#following;
  }

  /** Resolves when no run is under way, and none was asked for. */
  async settled(): Promise<void> {
    while (this.#underWay !== undefined) await this.#underWay.catch(() => undefined);
  }

  async #startAfter(earlier: Promise<void>): Promise<void> {
    await earlier.catch(() => undefined);
    await this.#start();
  }

  async #start(): Promise<void> {
    try {
      // In a turn of its own: a run that throws at once must not end before it is noted as under way.
      await Promise.resolve().then(this.#run);
    } finally {
      this.#underWay = this.#following;
      this.#following = undefined;
    }
  }
}

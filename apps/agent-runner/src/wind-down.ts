import { whenAborted, type StopSignal } from './stop-signal.js';
import type { WorkerLimits } from './worker-limits.js';

/** Of the time that is left, how much collecting may take: the log and the summary are always worth an upload. */
const COLLECT_SHARE = 0.6;

/** How long collecting and uploading may go on together once the run was told to stop. Without a stop: for ever. */
export class WindDown {
  readonly #stop: StopSignal;
  readonly #limits: Pick<WorkerLimits, 'stoppedCollectMs'>;
  readonly #collecting = new AbortController();
  readonly #uploading = new AbortController();
  #timers: readonly NodeJS.Timeout[] = [];
  #ended = false;

  constructor({ stop, limits }: { stop: StopSignal; limits: WorkerLimits }) {
    this.#stop = stop;
    this.#limits = limits;
  }

  get collecting(): AbortSignal {
    return this.#collecting.signal;
  }

  get uploading(): AbortSignal {
    return this.#uploading.signal;
  }

  /** The agent has ended, or will never start: from now on time counts. */
  begin(): void {
    const { signal, lost } = this.#stop;
    whenAborted(signal, () => this.#endIn(this.#limits.stoppedCollectMs));
    whenAborted(lost, () => this.#endNow());
  }

  /** Both are over. */
  end(): void {
    this.#ended = true;
    this.#clear();
  }

  #endIn(ms: number): void {
    this.#clear();
    if (this.#ended) return;
    this.#timers = [
      setTimeout(() => this.#abort(this.#collecting), ms * COLLECT_SHARE),
      setTimeout(() => this.#abort(this.#uploading), ms),
    ];
  }

  #endNow(): void {
    this.end();
    for (const controller of [this.#collecting, this.#uploading]) this.#abort(controller);
  }

  #abort(controller: AbortController): void {
    controller.abort(this.#stop.signal.reason);
  }

  #clear(): void {
    for (const timer of this.#timers) clearTimeout(timer);
  }
}

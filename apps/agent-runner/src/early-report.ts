import { whenAborted, type StopSignal } from './stop-signal.js';

interface EarlyReportOptions {
  readonly stop: StopSignal;
  /** From the cancellation on. */
  readonly delayMs: number;
  readonly report: () => Promise<void>;
}

/** Who cancelled is not kept waiting for what is left to collect and to store: that follows the report. */
export class EarlyReport {
  readonly #options: EarlyReportOptions;
  #timer: NodeJS.Timeout | undefined;
  #report: Promise<void> | undefined;
  #ended = false;

  constructor(options: EarlyReportOptions) {
    this.#options = options;
    whenAborted(options.stop.urgent, () => this.#begin());
  }

  /** Makes no report any more; resolves when one that was begun is over. Never rejects. */
  async end(): Promise<void> {
    this.#ended = true;
    clearTimeout(this.#timer);
    await this.#report;
  }

  #begin(): void {
    if (this.#ended || this.#options.stop.reason !== 'cancelled') return;
    const { report, delayMs } = this.#options;
    this.#timer = setTimeout(() => {
      this.#report = report();
    }, delayMs);
  }
}

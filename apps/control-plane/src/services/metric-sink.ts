import type { Sample } from '../domain/metric-samples.js';

/** Where measured values go. */
export interface MetricSink {
  /** `atMs`: when they were so (epoch milliseconds). */
  record(samples: readonly Sample[], atMs: number): void;
  /** Gauges are another instance's to tell from now on. */
  standBy(): void;
}

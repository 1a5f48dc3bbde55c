import { METRICS, type MetricDefinition, type MetricName } from '@outpost/contracts';
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { Sample } from '../domain/metric-samples.js';
import type { MetricSink } from './metric-sink.js';

/** Upper bounds in seconds, up to the longest that a dispatch may take. */
const DURATION_BUCKETS = [5, 15, 30, 60, 120, 300, 600, 1_200, 1_800, 3_600, 7_200, 21_600, 86_400];

type Instrument = Counter | Gauge | Histogram;

/** What this instance has measured since it was started, as Prometheus reads it. */
export class PrometheusMetrics implements MetricSink {
  readonly #registry = new Registry();
  readonly #instruments: ReadonlyMap<MetricName, Instrument>;

  constructor() {
    const names = Object.keys(METRICS) as MetricName[];
    this.#instruments = new Map(names.map((name) => [name, this.#instrument(METRICS[name])]));
  }

  record(samples: readonly Sample[]): void {
    for (const sample of samples) this.#write(sample);
  }

  standBy(): void {
    for (const instrument of this.#instruments.values()) if (instrument instanceof Gauge) instrument.reset();
  }

  async text(): Promise<string> {
    return this.#registry.metrics();
  }

  #instrument({ prometheusName: name, help, kind, label }: MetricDefinition): Instrument {
    const options = {
      name,
      help,
      labelNames: label === undefined ? [] : [label],
      registers: [this.#registry],
    };
    switch (kind) {
      case 'counter':
        return new Counter(options);
      case 'gauge':
        return new Gauge(options);
      case 'histogram':
        return new Histogram({ ...options, buckets: DURATION_BUCKETS });
    }
  }

  #write({ metric, value, of }: Sample): void {
    const { label }: MetricDefinition = METRICS[metric];
    // Prometheus adds up by itself: beside those of its labels a sum would count twice.
    if (label !== undefined && of === undefined) return;
    const labels = label === undefined || of === undefined ? {} : { [label]: of };
    const instrument = this.#instruments.get(metric);
    if (instrument instanceof Counter) instrument.inc(labels, value);
    else if (instrument instanceof Gauge) instrument.set(labels, value);
    else instrument?.observe(labels, value);
  }
}

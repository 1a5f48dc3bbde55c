import { METRIC_NAMESPACE, METRICS, type MetricDefinition } from '@outpost/contracts';
import type { Logger } from 'pino';
import type { Sample } from '../domain/metric-samples.js';
import type { MetricSink } from './metric-sink.js';

/**
 * Values in CloudWatch's embedded metric format: lines of the log that CloudWatch makes metrics of. A counter is there
 * for its label and for the fleet; a gauge of the fleet is a sample of its own.
 */
export class EmbeddedMetrics implements MetricSink {
  readonly #logger: Logger;

  constructor({ logger }: { readonly logger: Logger }) {
    // Whatever else is left out of the log.
    this.#logger = logger.child({}, { level: 'info' });
  }

  record(samples: readonly Sample[], atMs: number): void {
    for (const line of linesOf(samples)) this.#logger.info(documentOf(line, atMs), 'metrics');
  }

  standBy(): void {
    // What was logged stays as it was: CloudWatch keeps no value that nobody repeats.
  }
}

/** A line has room for one value of each metric, and of each label. */
function linesOf(samples: readonly Sample[]): readonly (readonly Sample[])[] {
  const lines: Sample[][] = [];
  for (const sample of samples) {
    const line = lines.find((each) => each.every((other) => isCompatible(sample, other)));
    if (line === undefined) lines.push([sample]);
    else line.push(sample);
  }
  return lines;
}

function isCompatible(a: Sample, b: Sample): boolean {
  if (a.metric === b.metric) return false;
  const isSameLabel = definitionOf(a).label === definitionOf(b).label;
  return !isSameLabel || a.of === undefined || b.of === undefined || a.of === b.of;
}

function documentOf(samples: readonly Sample[], Timestamp: number): Record<string, unknown> {
  const values = samples.flatMap((sample) => {
    const { name, label } = definitionOf(sample);
    const labelled = label === undefined || sample.of === undefined ? [] : [[label, sample.of]];
    return [[name, sample.value], ...labelled];
  });
  return {
    _aws: { Timestamp, CloudWatchMetrics: samples.map(directiveOf) },
    ...(Object.fromEntries(values) as Record<string, unknown>),
  };
}

function directiveOf(sample: Sample) {
  const { name: Name, unit: Unit, label, kind } = definitionOf(sample);
  const ofLabel = label === undefined || sample.of === undefined ? [] : [[label]];
  const ofFleet = ofLabel.length === 0 || kind !== 'gauge' ? [[]] : [];
  return {
    Namespace: METRIC_NAMESPACE,
    Dimensions: [...ofFleet, ...ofLabel],
    Metrics: [{ Name, Unit }],
  };
}

function definitionOf({ metric }: Sample): MetricDefinition {
  return METRICS[metric];
}

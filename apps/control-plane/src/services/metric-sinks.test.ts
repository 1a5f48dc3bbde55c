import { METRICS } from '@outpost/contracts';
import { Writable } from 'node:stream';
import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import type { Sample } from '../domain/metric-samples.js';
import { EmbeddedMetrics } from './embedded-metrics.js';
import { PrometheusMetrics } from './prometheus-metrics.js';

const AT = Date.parse('2026-11-23T12:00:00.000Z');
const END: readonly Sample[] = [
  { metric: 'dispatches', value: 1, of: 'FAILED' },
  { metric: 'agentDispatches', value: 1, of: 'codex' },
  { metric: 'failures', value: 1, of: 'out_of_memory' },
  { metric: 'duration', value: 90.5, of: 'codex' },
];
const STATE: readonly Sample[] = [
  { metric: 'queueDepth', value: 2, of: 'claude' },
  { metric: 'queueDepth', value: 3, of: 'codex' },
  { metric: 'queueDepth', value: 5 },
  { metric: 'active', value: 1, of: 'claude' },
  { metric: 'active', value: 1 },
  { metric: 'queueAge', value: 12.5 },
];

describe('the embedded metric format', () => {
  const linesOf = (samples: readonly Sample[], level = 'info') => {
    const written: string[] = [];
    const out = new Writable({
      write(chunk: Buffer, _, done) {
        written.push(chunk.toString());
        done();
      },
    });
    new EmbeddedMetrics({ logger: pino({ level, base: null }, out) }).record(samples, AT);
    return written.map((line) => JSON.parse(line) as Record<string, unknown>);
  };
  const directive = (Name: string, Unit: string, Dimensions: string[][]) => ({
    Namespace: 'Outpost',
    Dimensions,
    Metrics: [{ Name, Unit }],
  });

  it('has an end in one line, each count for its label and for the fleet', () => {
    expect(linesOf(END)).toMatchObject([
      {
        _aws: {
          Timestamp: AT,
          CloudWatchMetrics: [
            directive('DispatchesEnded', 'Count', [[], ['status']]),
            directive('AgentDispatchesEnded', 'Count', [[], ['agent']]),
            directive('DispatchFailures', 'Count', [[], ['class']]),
            directive('DispatchDuration', 'Seconds', [[], ['agent']]),
          ],
        },
        status: 'FAILED',
        agent: 'codex',
        class: 'out_of_memory',
        DispatchesEnded: 1,
        AgentDispatchesEnded: 1,
        DispatchFailures: 1,
        DispatchDuration: 90.5,
      },
    ]);
  });

  it('has a line for each agent, and what is of the fleet without one', () => {
    const lines = linesOf(STATE);
    expect(lines).toMatchObject([
      { agent: 'claude', QueuedDispatches: 2, ActiveDispatches: 1, QueueAge: 12.5 },
      { agent: 'codex', QueuedDispatches: 3, ActiveDispatches: 1 },
      { QueuedDispatches: 5 },
    ]);
    const directives = lines.flatMap(
      (line) => (line['_aws'] as { CloudWatchMetrics: object[] }).CloudWatchMetrics,
    );
    expect(directives).toContainEqual(directive('QueuedDispatches', 'Count', [['agent']]));
    expect(directives).toContainEqual(directive('QueuedDispatches', 'Count', [[]]));
    expect(directives).toContainEqual(directive('QueueAge', 'Seconds', [[]]));
  });

  it('is written whatever else the log leaves out', () => {
    expect(linesOf(END, 'error')).toHaveLength(1);
  });
});

describe('the text of Prometheus', () => {
  const valueOf = (text: string, series: string) =>
    text
      .split('\n')
      .find((line) => line.startsWith(`${series} `))
      ?.split(' ')[1];

  it('counts up, and has the last of what goes up and down', async () => {
    const metrics = new PrometheusMetrics();
    metrics.record(END);
    metrics.record(END);
    metrics.record(STATE);
    const text = await metrics.text();
    expect(valueOf(text, 'outpost_dispatches_ended_total{status="FAILED"}')).toBe('2');
    expect(valueOf(text, 'outpost_dispatch_failures_total{class="out_of_memory"}')).toBe('2');
    expect(valueOf(text, 'outpost_dispatch_duration_seconds_bucket{le="120",agent="codex"}')).toBe('2');
    expect(valueOf(text, 'outpost_dispatch_duration_seconds_bucket{le="60",agent="codex"}')).toBe('0');
    expect(valueOf(text, 'outpost_queued_dispatches{agent="codex"}')).toBe('3');
    expect(valueOf(text, 'outpost_queue_age_seconds')).toBe('12.5');
    // A sum beside what it is of would be counted twice.
    expect(text).not.toMatch(/^outpost_queued_dispatches \d/m);
  });

  it('has all that is measured', async () => {
    const text = await new PrometheusMetrics().text();
    for (const { prometheusName, help } of Object.values(METRICS))
      expect(text).toContain(`# HELP ${prometheusName} ${help}`);
  });

  it('leaves what goes up and down to whoever holds the lease', async () => {
    const metrics = new PrometheusMetrics();
    metrics.record([...END, ...STATE]);
    metrics.standBy();
    const text = await metrics.text();
    expect(valueOf(text, 'outpost_queued_dispatches{agent="codex"}')).toBeUndefined();
    expect(valueOf(text, 'outpost_queue_age_seconds')).toBe('0');
    expect(valueOf(text, 'outpost_dispatches_ended_total{status="FAILED"}')).toBe('1');
  });
});

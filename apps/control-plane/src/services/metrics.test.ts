import { failure, type DispatchRecord } from '@outpost/contracts';
import type { DispatchKey } from '@outpost/platform';
import { costEvent, ending } from '@outpost/platform/testing';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { REAP_POLICY } from '../compose.js';
import type { Sample } from '../domain/metric-samples.js';
import { FLEET_LIMITS, LaunchingFleet } from '../testing/launching-fleet.js';
import type { MetricSink } from './metric-sink.js';
import { Metrics } from './metrics.js';

class Recorded implements MetricSink {
  readonly samples: Sample[] = [];
  readonly times: number[] = [];
  standBys = 0;

  record(samples: readonly Sample[], atMs: number): void {
    this.samples.push(...samples);
    this.times.push(atMs);
  }

  standBy(): void {
    this.standBys += 1;
  }

  /** The last value. */
  valueOf(metric: Sample['metric'], of?: string): number | undefined {
    return this.samples.findLast((sample) => sample.metric === metric && sample.of === of)?.value;
  }
}

let fleet: LaunchingFleet;
let sink: Recorded;
let metrics: Metrics;

beforeEach(async () => {
  fleet = await LaunchingFleet.open();
  sink = new Recorded();
  metrics = new Metrics({
    ...fleet.platform,
    policy: REAP_POLICY,
    sinks: [sink],
    clock: fleet.local.clock,
    logger: pino({ level: 'silent' }),
  });
});
afterEach(async () => fleet.close());

const end = async (record: DispatchRecord): Promise<DispatchKey> => {
  const move = ending('FAILED', { failure: failure('agent_crashed', 'It fell.') });
  await fleet.platform.dispatches.move({ ...record, move, event: costEvent(record, 'FAILED') });
  return { tenantId: record.tenantId, dispatchId: record.dispatchId };
};

describe('ends', () => {
  it('are counted once, however often they are told of', async () => {
    const [first, second] = [await end(await fleet.create()), await end(await fleet.create())];
    await metrics.countEnds([first, second, first]);
    await metrics.countEnds([second]);
    const counted = sink.samples.filter(({ metric }) => metric === 'failures');
    const one = { metric: 'failures', value: 1, of: 'agent_crashed' };
    expect(counted).toEqual([one, one]);
    expect(sink.times[0]).toBe(Date.parse(ending('FAILED').completedAt));
  });

  it('are not counted of what goes on, is not there, or cannot be read', async () => {
    const { tenantId, dispatchId } = await fleet.create();
    await metrics.countEnds([
      { tenantId, dispatchId },
      { tenantId: 'nobody', dispatchId },
      { tenantId, dispatchId: '../x' },
    ]);
    expect(sink.samples).toEqual([]);
  });
});

describe('the state of the fleet', () => {
  it('is told once a minute', async () => {
    await metrics.observeIfDue();
    await metrics.observeIfDue();
    expect(sink.times).toHaveLength(1);
    fleet.local.clock.advance(60_000);
    await metrics.observeIfDue();
    expect(sink.times).toHaveLength(2);
  });

  it('is zero where nothing is', async () => {
    await metrics.observeIfDue();
    for (const metric of ['queueDepth', 'active', 'queueAge', 'stuck', 'outboxAge'] as const)
      expect(sink.valueOf(metric)).toBe(0);
  });

  it('has who holds a slot, who waits, and for how long', async () => {
    for (let count = 0; count < FLEET_LIMITS.perAgent + 2; count += 1) await fleet.create();
    await fleet.create({ agent: 'grok' });
    fleet.local.clock.advance(90_000);
    await metrics.observeIfDue();
    expect(sink.valueOf('active', 'claude')).toBe(5);
    expect(sink.valueOf('active')).toBe(6);
    expect(sink.valueOf('queueDepth', 'claude')).toBe(2);
    expect(sink.valueOf('queueDepth', 'codex')).toBe(0);
    expect(sink.valueOf('queueDepth')).toBe(2);
    expect(sink.valueOf('queueAge')).toBe(90);
    expect(sink.valueOf('stuck')).toBe(0);
  });

  it('has what the reconciler should have ended, and events that nobody publishes', async () => {
    await fleet.claimed();
    await end(await fleet.create());
    fleet.local.clock.advance(3_600_000);
    await metrics.observeIfDue();
    expect(sink.valueOf('stuck')).toBe(1);
    expect(sink.valueOf('outboxAge')).toBeGreaterThanOrEqual(3_600);
  });

  it('is told at once by whoever takes over', async () => {
    await metrics.observeIfDue();
    metrics.standBy();
    expect(sink.standBys).toBe(1);
    await metrics.observeIfDue();
    expect(sink.times).toHaveLength(2);
  });
});

it('is measured by the one instance that holds the lease', async () => {
  const other = fleet.openServices();
  await fleet.create();
  await fleet.services.reconciler.tick();
  await other.reconciler.tick();
  const activeIn = async (services: typeof other) =>
    /outpost_active_dispatches\{agent="claude"\} (\d+)/.exec(await services.prometheus.text())?.[1];
  expect(await activeIn(fleet.services)).toBe('1');
  expect(await activeIn(other)).toBeUndefined();
  await fleet.services.reconciler.release();
  await other.reconciler.tick();
  await fleet.services.reconciler.tick();
  expect(await activeIn(other)).toBe('1');
  expect(await activeIn(fleet.services)).toBeUndefined();
});

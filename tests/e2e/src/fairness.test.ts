import fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  FleetSimulation,
  type Arrival,
  type SimulationOptions,
  type Start,
} from './fairness/fleet-simulation.js';

const SEED = 4;
const FLOOD = 'flood';
const OTHERS = Array.from({ length: 99 }, (_, index) => `tenant-${index}`);
const SECOND = 1_000;
const LIMITS = { perAgent: 25, perTenant: 10 };

/** So many, all at once. */
function floodOf(count: number): Arrival[] {
  const durations = drawn(count, fc.integer({ min: 20 * SECOND, max: 100 * SECOND }));
  return durations.map((durationMs) => ({ tenantId: FLOOD, atMs: 0, durationMs }));
}

function drawn<T>(count: number, arbitrary: fc.Arbitrary<T>): readonly T[] {
  return fc.sample(fc.noBias(arbitrary), { seed: SEED, numRuns: count });
}

/** Each of the others comes now and then: together they ask for about half of the fleet. */
function trickle(untilMs: number): Arrival[] {
  const arrival = fc.record<Arrival>({
    tenantId: fc.constantFrom(...OTHERS),
    atMs: fc.integer({ min: 0, max: untilMs }),
    durationMs: fc.integer({ min: 20 * SECOND, max: 100 * SECOND }),
  });
  const meanDurationMs = 60 * SECOND;
  const count = Math.floor((0.5 * LIMITS.perAgent * untilMs) / meanDurationMs);
  return [...drawn(count, arrival)].toSorted((a, b) => a.atMs - b.atMs);
}

async function simulate(
  arrivals: readonly Arrival[],
  untilMs: number,
  options: SimulationOptions = { limits: LIMITS },
): Promise<readonly Start[]> {
  const simulation = await FleetSimulation.open(options);
  try {
    return await simulation.run(arrivals, untilMs);
  } finally {
    await simulation.close();
  }
}

function waitsOfOthers(starts: readonly Start[]): readonly number[] {
  return starts.filter(({ tenantId }) => tenantId !== FLOOD).map(({ waitedMs }) => waitedMs);
}

function quantile(values: readonly number[], q: number): number {
  return values.toSorted((a, b) => a - b)[Math.floor(q * (values.length - 1))]!;
}

/** Jain's index: 1 when all have the same, 1/n when one has all. */
function jainsIndex(shares: readonly number[]): number {
  const sum = shares.reduce((total, each) => total + each, 0);
  return sum ** 2 / (shares.length * shares.reduce((total, each) => total + each ** 2, 0));
}

const startsOf = (starts: readonly Start[], tenantId: string): number =>
  starts.filter((start) => start.tenantId === tenantId).length;

it('nobody waits longer for a flood of 10,000 than for one of 1,000', { timeout: 120_000 }, async () => {
  const untilMs = 900 * SECOND;
  const others = trickle(untilMs);
  const [small, large] = [
    waitsOfOthers(await simulate([...floodOf(1_000), ...others], untilMs)),
    waitsOfOthers(await simulate([...floodOf(10_000), ...others], untilMs)),
  ];
  expect(large).toEqual(small);
  expect(large.length).toBeGreaterThan(0.9 * others.length);
  // All slots are taken at all times: what is waited for is the next one that comes free.
  const [median, p95] = [quantile(large, 0.5), quantile(large, 0.95)];
  console.info(`others of a flood of 10,000 waited ${median} ms (median), ${p95} ms (95 %), seed ${SEED}`);
  expect(p95).toBeLessThan(20 * SECOND);
});

it(
  'of 100 tenants that all wait each is given the same, also beside one with 10,000',
  { timeout: 120_000 },
  async () => {
    const perTenant = 8;
    const durations = drawn(perTenant * OTHERS.length, fc.integer({ min: 20 * SECOND, max: 100 * SECOND }));
    const others = durations.map((durationMs, index) => ({
      tenantId: OTHERS[index % OTHERS.length]!,
      atMs: 0,
      durationMs,
    }));
    const starts = await simulate([...floodOf(10_000), ...others], 3_600 * SECOND);
    const exhausted = starts.findIndex((_, index) => {
      const tenantId = starts[index]!.tenantId;
      return tenantId !== FLOOD && startsOf(starts.slice(0, index + 1), tenantId) === perTenant;
    });
    const window = starts.slice(0, exhausted);
    const index = jainsIndex([FLOOD, ...OTHERS].map((tenantId) => startsOf(window, tenantId)));
    console.info(`Jain's index of ${window.length} starts of 100 tenants: ${index.toFixed(4)}, seed ${SEED}`);
    expect(index).toBeGreaterThanOrEqual(0.95);
  },
);

it('one of weight 2 is given twice as much', { timeout: 120_000 }, async () => {
  const tenants = ['light', 'heavy', 'other'];
  const arrivals = tenants.flatMap((tenantId) =>
    drawn(300, fc.integer({ min: 20 * SECOND, max: 100 * SECOND })).map((durationMs) => ({
      tenantId,
      atMs: 0,
      durationMs,
    })),
  );
  const options = { limits: { perAgent: 8, perTenant: 8 }, weights: { heavy: 2 } };
  const starts = await simulate(arrivals, 1_200 * SECOND, options);
  const [light, heavy] = [startsOf(starts, 'light'), startsOf(starts, 'heavy')];
  expect(heavy / light).toBeGreaterThan(1.5);
  expect(heavy / light).toBeLessThan(2.5);
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { planPool, type PoolPlanParams, type PoolWorker } from './pool-size.js';

const NOW = 1_000_000;
const worker = (workerId: string, state: PoolWorker['state'], ageMs = 0, tenantId?: string): PoolWorker => ({
  workerId,
  state,
  changedAt: new Date(NOW - ageMs).toISOString(),
  tenantId,
});
const plan = (workers: readonly PoolWorker[], rest: Partial<PoolPlanParams> = {}) =>
  planPool({ workers, demand: 0, size: { min: 1, max: 3 }, idleTimeoutMs: 300, now: NOW, ...rest });

describe('a pool', () => {
  it('has its minimum, whether idle or starting; busy and stopping ones are not of it', () => {
    expect(plan([])).toEqual({ start: 1, retire: [] });
    expect(plan([worker('a', 'STARTING')])).toEqual({ start: 0, retire: [] });
    expect(plan([worker('a', 'BUSY', 0, 'acme'), worker('b', 'STOPPING')])).toEqual({ start: 1, retire: [] });
  });

  it('grows with the queue up to its maximum', () => {
    expect(plan([worker('a', 'IDLE')], { demand: 1 }).start).toBe(1);
    expect(plan([worker('a', 'IDLE')], { demand: 50 }).start).toBe(2);
  });

  it('does not give up a worker that a tenant may come back to for the sake of the queue', () => {
    const own = [worker('a', 'IDLE', 0, 'acme'), worker('b', 'IDLE', 0, 'acme'), worker('c', 'IDLE')];
    expect(plan(own, { demand: 50 })).toEqual({ start: 0, retire: [] });
  });

  it('replaces what has served a tenant: the one idle for longest makes room for the minimum', () => {
    const own = [
      worker('a', 'IDLE', 10, 'acme'),
      worker('b', 'IDLE', 20, 'beta'),
      worker('c', 'IDLE', 5, 'acme'),
    ];
    expect(plan(own)).toEqual({ start: 1, retire: ['b'] });
  });

  it('retires those idle for too long, but not the minimum', () => {
    const own = [
      worker('a', 'IDLE', 299, 'acme'),
      worker('b', 'IDLE', 300, 'acme'),
      worker('c', 'IDLE', 900),
    ];
    expect(plan(own)).toEqual({ start: 0, retire: ['b'] });
    expect(plan([worker('c', 'IDLE', 900), worker('d', 'IDLE', 901)])).toEqual({ start: 0, retire: ['d'] });
    expect(plan([worker('c', 'IDLE', 10), worker('d', 'IDLE', 20)])).toEqual({ start: 0, retire: [] });
    expect(plan([worker('c', 'IDLE', 900), worker('d', 'IDLE', 901)], { demand: 1 }).retire).toEqual([]);
  });

  it('is given up when there is to be none, idle ones first', () => {
    const own = [worker('s', 'STARTING'), worker('i', 'IDLE'), worker('t', 'IDLE', 0, 'acme')];
    expect(plan(own, { size: { min: 0, max: 0 }, demand: 9 })).toEqual({ start: 0, retire: ['t', 'i', 's'] });
  });
});

it('never has more than the maximum, nor fewer free workers than the minimum, after its plan', () => {
  const state = fc.constantFrom('STARTING', 'IDLE', 'BUSY', 'STOPPING');
  const one = fc.record({
    state,
    ageMs: fc.nat(600),
    tenantId: fc.option(fc.constantFrom('a', 'b'), { nil: undefined }),
  });
  const property = fc.property(
    fc.array(one, { maxLength: 12 }),
    fc.nat(10),
    fc.tuple(fc.nat(6), fc.nat(6)),
    (ones, demand, [a, b]) => {
      const workers = ones.map(({ state: current, ageMs, tenantId }, index) =>
        worker(String(index), current, ageMs, tenantId),
      );
      const size = { min: Math.min(a, b), max: Math.max(a, b) };
      const { start, retire } = plan(workers, { demand, size });
      const kept = workers.filter((each) => !retire.includes(each.workerId));
      const warm = kept.filter(({ state: current }) => current === 'IDLE' || current === 'STARTING');
      const free = warm.filter(({ tenantId }) => tenantId === undefined);
      expect(new Set(retire).size).toBe(retire.length);
      expect(warm.length + start).toBeLessThanOrEqual(size.max);
      expect(free.length + start).toBeGreaterThanOrEqual(size.min);
      expect(kept.filter((each) => each.state === 'BUSY')).toHaveLength(
        workers.filter((each) => each.state === 'BUSY').length,
      );
    },
  );
  fc.assert(property, { numRuns: 1_000 });
});

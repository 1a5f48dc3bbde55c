import { LIMITS } from '@outpost/contracts';
import { TEST_EPOCH_MS } from '@outpost/platform/testing';
import { describe, expect, it } from 'vitest';
import { estimatedStartAt, queuePosition } from './queue-estimate.js';

describe('the place in the queue', () => {
  it.each<[string, number, number[], number]>([
    ['alone', 0, [], 1],
    ['behind two of its own', 2, [], 3],
    ['first of its tenant, beside two others', 0, [1, 9], 3],
    ['second of its tenant: each other has two turns', 1, [1, 9], 5],
    ['behind a flood of another tenant', 0, [10_000], 2],
    ['third, as behind as many of each other as it has turns', 2, [3, 2, 4], 11],
    ['at the end of a flood of its own', 5_000, [], LIMITS.queuePositionMax],
    ['among very many tenants', 0, Array.from({ length: 5_000 }, () => 1), LIMITS.queuePositionMax],
  ])('%s', (_, ahead, others, position) => {
    expect(queuePosition({ ahead, others })).toBe(position);
  });

  it('comes nearer with each start, whoever starts', () => {
    const place = { ahead: 3, others: [2, 6] };
    const afterOwn = queuePosition({ ...place, ahead: 2 });
    const afterOther = queuePosition({ ...place, others: [1, 6] });
    expect(afterOwn).toBeLessThan(queuePosition(place));
    expect(afterOther).toBeLessThan(queuePosition(place));
  });
});

describe('the estimated start', () => {
  const startsIn = (position: number, slots: number, commonDurationMs: number | null): number | null => {
    const estimate = estimatedStartAt({ position, slots, commonDurationMs, now: TEST_EPOCH_MS });
    return estimate === null ? null : Date.parse(estimate) - TEST_EPOCH_MS;
  };

  it('is not known without a run', () => {
    expect(startsIn(1, 5, null)).toBeNull();
  });

  it.each([
    [1, 5, 60_000],
    [5, 5, 60_000],
    [6, 5, 120_000],
    [3, 1, 180_000],
  ])('of place %i with %i slots is in %i ms, when runs take a minute', (position, slots, expected) => {
    expect(startsIn(position, slots, 60_000)).toBe(expected);
  });

  it('is a time of the API', () => {
    const params = { position: 1, slots: 1, commonDurationMs: 1.5, now: TEST_EPOCH_MS };
    expect(estimatedStartAt(params)).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  });
});

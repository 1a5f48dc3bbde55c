import { LIMITS } from '@outpost/contracts';
import { describe, expect, it } from 'vitest';
import { nextAttemptAt, pauseAfterFailure, reasonToDisable } from './webhook-schedule.js';

const NOW = Date.parse('2026-11-23T12:00:00.000Z');
const DAY_MS = 86_400_000;
const before = (ms: number): string => new Date(NOW - ms).toISOString();

/** How long after the first attempt each of the others is made, in milliseconds. */
function attemptsAfter(random: number): number[] {
  const times: number[] = [];
  let now = NOW;
  for (let tries = 1; ; tries += 1) {
    const next = nextAttemptAt({ tries, now, random });
    if (next === undefined) return times;
    now = Date.parse(next);
    times.push(now - NOW);
  }
}

describe('a delivery that fails', () => {
  it('is tried nine times in about a day, with more time in between each time', () => {
    const times = attemptsAfter(0.5);
    expect(times).toHaveLength(8);
    expect(times[0]).toBe(5_000);
    expect(times.at(-1)).toBeGreaterThan(0.8 * DAY_MS);
    expect(times.at(-1)).toBeLessThan(1.1 * DAY_MS);
    const pauses = times.map((time, index) => time - (times[index - 1] ?? 0));
    expect(pauses).toEqual(pauses.toSorted((a, b) => a - b));
  });

  it('is tried a tenth earlier or later, so that not all come back at once', () => {
    expect(attemptsAfter(0)[0]).toBe(4_500);
    expect(attemptsAfter(1)[0]).toBe(5_500);
  });

  it.each([
    [0, 5_000],
    [50_000, 5_000],
    [600_000, 60_000],
    [DAY_MS, 600_000],
  ])('is a receiver’s that is left alone; failing for %i ms: %i ms', (failingMs, pauseMs) => {
    expect(pauseAfterFailure(before(failingMs), NOW)).toBe(pauseMs);
  });
});

describe('a webhook', () => {
  const failingFor = (ms: number, statusCode?: number) =>
    reasonToDisable({ failingSince: before(ms), now: NOW, statusCode });

  it('is disabled when it has failed for days', () => {
    expect(failingFor(LIMITS.webhookFailingDays * DAY_MS - 1, 500)).toBeUndefined();
    expect(failingFor(LIMITS.webhookFailingDays * DAY_MS)).toContain(
      'Every attempt has failed since 2026-11-20',
    );
  });

  it('is disabled when its receiver says that it is gone', () => {
    expect(failingFor(0, 410)).toContain('410 Gone');
  });
});

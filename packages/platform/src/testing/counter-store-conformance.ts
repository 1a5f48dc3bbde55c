import { describe, expect, it } from 'vitest';
import type { CounterStore } from '../ports/index.js';
import { atOnce, subjectOf, type Harness } from './harness.js';

export interface CounterStoreSubject {
  /** Two instances on the same data, as two control planes have. */
  readonly counters: readonly [CounterStore, CounterStore];
}

const FAR = 9_999_999_999;

/** What every store of counts must do. */
export function describeCounterStoreConformance(name: string, harness: Harness<CounterStoreSubject>): void {
  describe(`CounterStore: ${name}`, () => {
    it('adds up what all add, at once too, and tells each another total', async () => {
      const { counters } = await subjectOf(harness);
      const totals = await atOnce(20, (index) =>
        counters[index % 2 === 0 ? 0 : 1].add({ name: 'rate#key#60', count: 2, expiresAt: FAR }),
      );
      expect(totals.toSorted((a, b) => a - b)).toEqual(
        Array.from({ length: 20 }, (_, index) => 2 * (index + 1)),
      );
    });

    it('counts each name for itself', async () => {
      const { counters } = await subjectOf(harness);
      await counters[0].add({ name: 'rate#key#60', count: 5, expiresAt: FAR });
      expect(await counters[1].add({ name: 'rate#key#120', count: 1, expiresAt: FAR })).toBe(1);
      expect(await counters[1].add({ name: 'rate#key#60', count: 1, expiresAt: FAR })).toBe(6);
    });
  });
}

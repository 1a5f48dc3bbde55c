import type { Promotion } from '@outpost/contracts';
import { describe, expect } from 'vitest';
import type { PromotionRecord, PromotionStore } from '../ports/index.js';
import { newDispatchId, TEST_AT } from './fixtures.js';
import { atOnce, subjectOf, type Harness } from './harness.js';
import { itExcept, type LeftOut } from './left-out.js';

/** A promotion as it is first written. */
export function promotionRecord(
  shown: Partial<Promotion> = {},
  overrides: Partial<PromotionRecord> = {},
): PromotionRecord {
  const dispatchId = shown.dispatchId ?? newDispatchId();
  return {
    tenantId: 'acme',
    shown: {
      dispatchId,
      branch: `outpost/${dispatchId}`,
      base: 'main',
      status: 'RUNNING',
      isAhead: false,
      createdAt: TEST_AT,
      updatedAt: TEST_AT,
      ...shown,
    },
    request: { dispatchId },
    ownCommits: [],
    version: 1,
    ttl: 1_900_000_000,
    ...overrides,
  };
}

function keyOf({ tenantId, shown: { dispatchId, branch } }: PromotionRecord) {
  return { tenantId, dispatchId, branch };
}

/** What every store of promotions must do. */
export function describePromotionStoreConformance(
  name: string,
  harness: Harness<{ readonly promotions: PromotionStore }>,
  leftOut?: LeftOut,
): void {
  const it = itExcept(leftOut);
  describe(`PromotionStore: ${name}`, () => {
    it('gets what was put, and nothing by another key', async () => {
      const { promotions } = await subjectOf(harness);
      const record = promotionRecord({ title: 'Täst' }, { ownCommits: ['a'.repeat(40)] });
      expect(await promotions.put(record)).toBe(true);
      const key = keyOf(record);
      expect(await promotions.get(key)).toEqual(record);
      expect(await promotions.get({ ...key, tenantId: 'globex' })).toBeUndefined();
      expect(await promotions.get({ ...key, branch: 'other' })).toBeUndefined();
      expect(await promotions.get({ ...key, dispatchId: newDispatchId() })).toBeUndefined();
    });

    it('writes each version once, however many try at once, and none over another', async () => {
      const { promotions } = await subjectOf(harness);
      const first = promotionRecord();
      for (const version of [1, 2, 3]) {
        const written = await atOnce(8, (index) =>
          promotions.put({ ...first, version, ownCommits: [`${version} ${index}`] }),
        );
        expect(written.filter((isWritten) => isWritten)).toHaveLength(1);
        const { ownCommits } = (await promotions.get(keyOf(first)))!;
        expect(ownCommits).toEqual([`${version} ${written.indexOf(true)}`]);
      }
      expect(await promotions.put({ ...first, version: 3 })).toBe(false);
      expect(await promotions.put({ ...first, version: 5 })).toBe(false);
      expect((await promotions.get(keyOf(first)))!.version).toBe(3);
    });

    it('lists those of a dispatch by their branches', async () => {
      const { promotions } = await subjectOf(harness);
      const dispatchId = newDispatchId();
      const branches = ['zebra', 'apple', 'apple/pie'];
      for (const branch of branches) await promotions.put(promotionRecord({ dispatchId, branch }));
      await promotions.put(promotionRecord({ dispatchId, branch: 'apple' }, { tenantId: 'globex' }));
      await promotions.put(promotionRecord());
      const found = await promotions.listOf({ tenantId: 'acme', dispatchId });
      expect(found.map(({ shown }) => shown.branch)).toEqual(['apple', 'apple/pie', 'zebra']);
    });

    it('lists as due those asked for with their dispatch, of all tenants, until they are done', async () => {
      const { promotions } = await subjectOf(harness);
      const waiting = promotionRecord({ status: 'WAITING', isAhead: true });
      const running = promotionRecord({ isAhead: true }, { tenantId: 'globex' });
      const byHand = promotionRecord();
      for (const record of [waiting, running, byHand]) await promotions.put(record);
      const due = async () =>
        (await promotions.listDue()).toSorted((a, b) => (a.tenantId < b.tenantId ? -1 : 1));
      expect(await due()).toEqual([waiting, running]);
      const done = { ...waiting, version: 2, shown: { ...waiting.shown, status: 'COMPLETED' as const } };
      expect(await promotions.put(done)).toBe(true);
      expect(await due()).toEqual([running]);
    });

    it('removes one, or all of a dispatch, any number of times', async () => {
      const { promotions } = await subjectOf(harness);
      const dispatchId = newDispatchId();
      const key = { tenantId: 'acme', dispatchId };
      const due = { dispatchId, status: 'WAITING', isAhead: true } as const;
      for (const branch of ['a', 'b', 'c']) await promotions.put(promotionRecord({ ...due, branch }));
      const other = promotionRecord();
      await promotions.put(other);
      await promotions.remove({ ...key, branch: 'a' });
      expect((await promotions.listOf(key)).map(({ shown }) => shown.branch)).toEqual(['b', 'c']);
      await promotions.remove(key);
      await promotions.remove(key);
      expect(await promotions.listOf(key)).toEqual([]);
      expect(await promotions.listDue()).toEqual([]);
      expect(await promotions.get(keyOf(other))).toEqual(other);
    });
  });
}

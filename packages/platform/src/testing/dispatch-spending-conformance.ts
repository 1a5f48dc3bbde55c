import type { Cost, DispatchRecord } from '@outpost/contracts';
import { describe, expect } from 'vitest';
import { created, running, type DispatchStoreSubject } from './dispatch-store-subject.js';
import { creation, ending } from './fixtures.js';
import { atOnce, subjectOf, type Harness } from './harness.js';
import type { SuiteIt } from './left-out.js';

const MONTH = '2026-11';

const costOf = (total: number): Cost => ({
  currency: 'USD',
  compute: 0,
  llm: total,
  total,
  basis: 'reported',
});

export function describeSpending(harness: Harness<DispatchStoreSubject>, it: SuiteIt): void {
  describe('what a tenant has spent', () => {
    it('is nothing before anything of it has ended', async () => {
      const { stores } = await subjectOf(harness);
      await running(stores[0], creation().spec);
      const nothing = { dispatches: 0, costUsd: 0 };
      expect(await stores[0].spending({ tenantId: 'acme', month: MONTH })).toEqual(nothing);
    });

    it('adds up, however many end at once, each once', async () => {
      const { stores } = await subjectOf(harness);
      const records: DispatchRecord[] = [];
      for (let index = 0; index < 5; index += 1) records.push(await running(stores[0], creation().spec));
      const move = ending('COMPLETED', { cost: costOf(0.25) });
      // Each is reported twice.
      await atOnce(10, (index) => stores[index % 2 === 0 ? 0 : 1].move({ ...records[index % 5]!, move }));
      const spent = { dispatches: 5, costUsd: 1.25 };
      for (const store of stores)
        expect(await store.spending({ tenantId: 'acme', month: MONTH })).toEqual(spent);
    });

    it('is of the month in which a dispatch ended, in UTC, and of its own tenant', async () => {
      const { stores } = await subjectOf(harness);
      const end = async (tenantId: string, completedAt: string): Promise<void> => {
        const record = await running(stores[0], creation({ tenantId }).spec);
        await stores[0].move({ ...record, move: ending('FAILED', { completedAt, cost: costOf(1) }) });
      };
      await end('acme', '2026-11-30T23:59:59.999Z');
      await end('acme', '2026-12-01T00:00:00.000Z');
      await end('globex', '2026-11-30T23:59:59.999Z');
      const one = { dispatches: 1, costUsd: 1 };
      for (const month of [MONTH, '2026-12'])
        expect(await stores[0].spending({ tenantId: 'acme', month })).toEqual(one);
    });

    it('does not count one that never had a slot', async () => {
      const { stores } = await subjectOf(harness);
      const { spec } = creation();
      await created(stores[0].create(creation(spec, { limits: { perAgent: 0, perTenant: 0 } })));
      await stores[0].move({ ...spec, move: ending('CANCELLED') });
      expect(await stores[0].spending({ tenantId: 'acme', month: MONTH })).toMatchObject({ dispatches: 0 });
    });
  });
}

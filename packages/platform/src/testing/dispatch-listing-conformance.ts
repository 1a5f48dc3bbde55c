import type { DispatchRecord, DispatchSpec } from '@outpost/contracts';
import { ulid } from 'ulid';
import { describe, expect } from 'vitest';
import type { DispatchStore, ListDispatchesParams } from '../ports/index.js';
import { created, running, type DispatchStoreSubject } from './dispatch-store-subject.js';
import { creation, ending, TEST_AT } from './fixtures.js';
import { subjectOf, type Harness } from './harness.js';
import type { SuiteIt } from './left-out.js';
import { TEST_EPOCH_MS } from './settable-clock.js';

export function describeListing(harness: Harness<DispatchStoreSubject>, it: SuiteIt): void {
  describe('list', () => {
    it('answers the newest first, of the tenant alone', async () => {
      const { stores } = await subjectOf(harness);
      const records = await makeMany(stores[0], 5);
      await created(stores[0].create(creation({ tenantId: 'globex' })));
      const page = await stores[1].list({ tenantId: 'acme', limit: 20 });
      expect(page).toEqual({ records: records.toReversed(), nextCursor: undefined });
      expect(await stores[1].list({ tenantId: 'initech', limit: 20 })).toEqual({
        records: [],
        nextCursor: undefined,
      });
    });

    it.each([1, 2, 3, 6, 7])('has every dispatch on exactly one page of %i', async (limit) => {
      const { stores } = await subjectOf(harness);
      const records = await makeMany(stores[0], 6);
      const pages = await allPages(stores[1], { tenantId: 'acme', limit });
      expect(pages.flat()).toEqual(records.toReversed());
      expect(pages.every((page) => page.length <= limit)).toBe(true);
      expect(pages).toHaveLength(Math.ceil(6 / limit));
    });

    it('goes on where the page ended, whatever was added meanwhile', async () => {
      const { stores } = await subjectOf(harness);
      const [oldest, middle, newest] = await makeMany(stores[0], 3);
      const first = await stores[0].list({ tenantId: 'acme', limit: 2 });
      expect(first.records).toEqual([newest, middle]);
      await created(stores[0].create(creation()));
      const second = await stores[0].list({ tenantId: 'acme', limit: 2, cursor: first.nextCursor });
      expect(second).toEqual({ records: [oldest], nextCursor: undefined });
    });

    it('filters, also page by page', async () => {
      const { stores } = await subjectOf(harness);
      const ended = await running(stores[0], { userId: 'ann', repo: 'o/r' });
      await stores[0].move({ ...ended, move: ending('COMPLETED') });
      const anns = await created(stores[0].create(creation({ userId: 'ann', agent: 'codex' })));
      const repos = await created(stores[0].create(creation({ userId: 'bob', repo: 'o/r' })));
      const ids = async (filter: Partial<ListDispatchesParams>) =>
        (await allPages(stores[1], { tenantId: 'acme', limit: 1, ...filter }))
          .flat()
          .map(({ dispatchId }) => dispatchId);
      expect(await ids({ userId: 'ann' })).toEqual([anns, ended].map(({ dispatchId }) => dispatchId));
      expect(await ids({ agent: 'claude' })).toEqual([repos, ended].map(({ dispatchId }) => dispatchId));
      expect(await ids({ repo: 'o/r' })).toEqual([repos, ended].map(({ dispatchId }) => dispatchId));
      expect(await ids({ status: 'COMPLETED' })).toEqual([ended.dispatchId]);
      expect(await ids({ status: 'PENDING', userId: 'ann', agent: 'codex' })).toEqual([anns.dispatchId]);
      expect(await ids({ status: 'COMPLETED', agent: 'codex' })).toEqual([]);
    });

    it('takes `since` in any time zone, and includes it', async () => {
      const { stores } = await subjectOf(harness);
      const at = (offsetMs: number): Partial<DispatchSpec> => ({
        dispatchId: ulid(TEST_EPOCH_MS + offsetMs),
        createdAt: new Date(TEST_EPOCH_MS + offsetMs).toISOString(),
      });
      await created(stores[0].create(creation(at(-1))));
      const exact = await created(stores[0].create(creation(at(0))));
      const later = await created(stores[0].create(creation(at(1))));
      for (const since of [TEST_AT, '2026-11-23T13:00:00+01:00', '2026-11-23T12:00:00Z']) {
        expect((await stores[0].list({ tenantId: 'acme', limit: 9, since })).records).toEqual([later, exact]);
      }
    });

    it.each([
      'x',
      'bm90IGFuIGlk',
      '../../etc',
      'MDFLNFpKOFcyVDZWMFE5UzNSNVg3WTFCMkM==',
      '01K4ZJ8W2T6V0Q9S3R5X7Y1B2C',
    ])('rejects a cursor that it did not answer: %s', async (cursor) => {
      const { stores } = await subjectOf(harness);
      await expect(stores[0].list({ tenantId: 'acme', limit: 9, cursor })).rejects.toMatchObject({
        code: 'VALIDATION_ERROR',
        details: [{ path: 'query.cursor' }],
      });
    });
  });

  describe('listByStatus', () => {
    it('answers those of all tenants in these states, oldest first', async () => {
      const { stores } = await subjectOf(harness);
      const first = await running(stores[0]);
      const second = await created(stores[0].create(creation({ tenantId: 'globex' })));
      const ended = await running(stores[0]);
      await stores[0].move({ ...ended, move: ending('FAILED') });
      const third = await running(stores[0]);
      expect(await stores[1].listByStatus({ statuses: ['RUNNING', 'PENDING'] })).toEqual([
        first,
        second,
        third,
      ]);
      expect(await stores[1].listByStatus({ statuses: ['QUEUED'] })).toEqual([]);
    });
  });
}

async function makeMany(store: DispatchStore, count: number): Promise<DispatchRecord[]> {
  const records: DispatchRecord[] = [];
  for (let index = 0; index < count; index += 1) records.push(await created(store.create(creation())));
  return records;
}

async function allPages(
  store: DispatchStore,
  params: ListDispatchesParams,
): Promise<(readonly DispatchRecord[])[]> {
  const pages: (readonly DispatchRecord[])[] = [];
  let cursor: string | undefined;
  do {
    const page = await store.list({ ...params, cursor });
    pages.push(page.records);
    cursor = page.nextCursor;
  } while (cursor !== undefined);
  return pages;
}

import type { AuditEntry } from '@outpost/contracts';
import { describe, expect } from 'vitest';
import type { AuditStore, ListAuditParams } from '../ports/index.js';
import { auditEntry, newDispatchId, TEST_AT } from './fixtures.js';
import { atOnce, subjectOf, type Harness } from './harness.js';
import { itExcept, type LeftOut } from './left-out.js';
import { TEST_EPOCH_MS, type SettableClock } from './settable-clock.js';

export interface AuditStoreSubject {
  /** Both sides, on the same data. */
  readonly control: AuditStore;
  readonly worker: AuditStore;
  /** The stores' own. */
  readonly clock: SettableClock;
}

const NOTHING = { entries: [], nextCursor: undefined };

/** What every audit store must do. */
export function describeAuditStoreConformance(
  name: string,
  harness: Harness<AuditStoreSubject>,
  leftOut?: LeftOut,
): void {
  const it = itExcept(leftOut);
  describe(`AuditStore: ${name}`, () => {
    it('answers what both sides appended, newest first, of the tenant alone', async () => {
      const { control, worker } = await subjectOf(harness);
      const first = auditEntry();
      const second = auditEntry({
        actor: { kind: 'worker', id: newDispatchId() },
        action: 'secret.read',
        outcome: 'failure',
        detail: 'there is none',
      });
      await worker.append(second);
      await control.append(first);
      await control.append(auditEntry({ tenantId: 'globex' }));
      expect(await control.list({ tenantId: 'acme', limit: 20 })).toEqual({
        entries: [second, first],
        nextCursor: undefined,
      });
      expect(await control.list({ tenantId: 'initech', limit: 20 })).toEqual(NOTHING);
    });

    it('keeps the first of an id, however often it is repeated', async () => {
      const { control, worker } = await subjectOf(harness);
      const entry = auditEntry();
      await control.append(entry);
      await atOnce(5, () => worker.append({ ...entry, outcome: 'denied' }));
      const theirs = { ...entry, tenantId: 'globex' };
      await control.append(theirs);
      expect((await control.list({ tenantId: 'acme', limit: 9 })).entries).toEqual([entry]);
      expect((await control.list({ tenantId: 'globex', limit: 9 })).entries).toEqual([theirs]);
    });

    it.each([1, 2, 3, 6, 7])('has every entry on exactly one page of %i', async (limit) => {
      const { control } = await subjectOf(harness);
      const entries = await appendMany(control, 6);
      const pages = await allPages(control, { tenantId: 'acme', limit });
      expect(pages.flat()).toEqual(entries.toReversed());
      expect(pages.every((page) => page.length <= limit)).toBe(true);
      expect(pages).toHaveLength(Math.ceil(6 / limit));
    });

    it('goes on where the page ended, whatever was added meanwhile', async () => {
      const { control } = await subjectOf(harness);
      const [oldest, middle, newest] = await appendMany(control, 3);
      const first = await control.list({ tenantId: 'acme', limit: 2 });
      expect(first.entries).toEqual([newest, middle]);
      await control.append(auditEntry());
      const { nextCursor: cursor } = first;
      expect(await control.list({ tenantId: 'acme', limit: 2, cursor })).toEqual({
        entries: [oldest],
        nextCursor: undefined,
      });
    });

    it('fills its pages with entries of the action that was asked for', async () => {
      const { control } = await subjectOf(harness);
      const wanted: AuditEntry[] = [];
      for (let index = 0; index < 4; index += 1) {
        await appendMany(control, 7);
        wanted.push(auditEntry({ action: 'secret.validate' }));
        await control.append(wanted.at(-1)!);
      }
      const query = { tenantId: 'acme', action: 'secret.validate', limit: 2 } as const;
      expect(await allPages(control, query)).toEqual([
        [wanted[3], wanted[2]],
        [wanted[1], wanted[0]],
      ]);
      expect(await control.list({ ...query, action: 'secret.read' })).toEqual(NOTHING);
    });

    it('takes `since` in any time zone, and includes it', async () => {
      const { control } = await subjectOf(harness);
      const [before, exact, later] = [-1, 0, 1].map((offsetMs) => auditEntry({}, TEST_EPOCH_MS + offsetMs));
      for (const entry of [later!, exact!, before!]) await control.append(entry);
      const since = async (time: string) =>
        (await control.list({ tenantId: 'acme', limit: 9, since: time })).entries;
      for (const time of [TEST_AT, '2026-11-23T13:00:00+01:00', '2026-11-23T12:00:00Z'])
        expect(await since(time)).toEqual([later, exact]);
      expect(await since('1960-01-01T00:00:00Z')).toEqual([later, exact, before]);
      expect(await since('2026-11-23T12:00:00.002Z')).toEqual([]);
    });

    it('combines a cursor with a `since` before and after it', async () => {
      const { control } = await subjectOf(harness);
      const [oldest, middle, newest] = [0, 1, 2].map((offsetMs) => auditEntry({}, TEST_EPOCH_MS + offsetMs));
      for (const entry of [oldest!, middle!, newest!]) await control.append(entry);
      const { nextCursor: cursor } = await control.list({ tenantId: 'acme', limit: 2 });
      const query = { tenantId: 'acme', limit: 2, cursor };
      expect((await control.list({ ...query, since: oldest!.at })).entries).toEqual([oldest]);
      for (const { at } of [middle!, newest!])
        expect(await control.list({ ...query, since: at })).toEqual(NOTHING);
    });

    it('forgets an entry when its time is over', async () => {
      const { control, worker, clock } = await subjectOf(harness);
      const ttl = TEST_EPOCH_MS / 1_000 + 60;
      const lasting = auditEntry({ ttl: ttl + 1 });
      for (const entry of [lasting, auditEntry({ ttl }), auditEntry({ ttl })]) await control.append(entry);
      const page = async () => control.list({ tenantId: 'acme', limit: 2 });
      clock.set(ttl * 1_000 - 1);
      expect((await page()).entries).toHaveLength(2);
      clock.set(ttl * 1_000);
      expect(await page()).toEqual({ entries: [lasting], nextCursor: undefined });
      const next = auditEntry({}, clock.now());
      await worker.append(next);
      expect((await page()).entries).toEqual([next, lasting]);
    });

    it.each([
      'x',
      'bm90IGFuIGlk',
      '../../etc',
      'MDFLNFpKOFcyVDZWMFE5UzNSNVg3WTFCMkM==',
      '01K4ZJ8W2T6V0Q9S3R5X7Y1B2C',
    ])('rejects a cursor that no page answered: %s', async (cursor) => {
      const { control } = await subjectOf(harness);
      await expect(control.list({ tenantId: 'acme', limit: 9, cursor })).rejects.toMatchObject({
        code: 'VALIDATION_ERROR',
        details: [{ path: 'query.cursor' }],
      });
    });
  });
}

async function appendMany(audit: AuditStore, count: number): Promise<AuditEntry[]> {
  const entries = Array.from({ length: count }, () => auditEntry());
  for (const entry of entries) await audit.append(entry);
  return entries;
}

async function allPages(audit: AuditStore, params: ListAuditParams): Promise<(readonly AuditEntry[])[]> {
  const pages: (readonly AuditEntry[])[] = [];
  let cursor: string | undefined;
  do {
    const page = await audit.list({ ...params, cursor });
    pages.push(page.entries);
    cursor = page.nextCursor;
  } while (cursor !== undefined);
  return pages;
}

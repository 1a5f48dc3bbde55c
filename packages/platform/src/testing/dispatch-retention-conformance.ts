import type { TerminalStatus } from '@outpost/contracts';
import { describe, expect } from 'vitest';
import { created, moved, queued, running, type DispatchStoreSubject } from './dispatch-store-subject.js';
import { costEvent, creation, ending, idempotency, newDispatchId } from './fixtures.js';
import { atOnce, subjectOf, type Harness } from './harness.js';
import type { SuiteIt } from './left-out.js';
import { costsIn, eventsIn } from './outbox-events.js';
import { TEST_EPOCH_MS } from './settable-clock.js';

const NOW = TEST_EPOCH_MS / 1_000;
const ENDS: readonly TerminalStatus[] = ['COMPLETED', 'FAILED', 'TIMEOUT', 'CANCELLED'];

export function describeRetention(harness: Harness<DispatchStoreSubject>, it: SuiteIt): void {
  describe('listExpired', () => {
    it('answers those of all tenants that ended and whose time is over, oldest first', async () => {
      const { stores } = await subjectOf(harness);
      const expired = [];
      for (const [index, status] of ENDS.entries()) {
        const tenantId = index % 2 === 0 ? 'acme' : 'globex';
        expired.push(await ended(stores[0], { tenantId, ttl: NOW - 10 + index }, status));
      }
      for (const ttl of [NOW, NOW + 1]) await ended(stores[0], { ttl });
      expect(await stores[1].listExpired({ now: NOW, limit: 9 })).toEqual(expired);
      expect(await stores[1].listExpired({ now: NOW, limit: 2 })).toEqual(expired.slice(0, 2));
      expect(await stores[1].listExpired({ now: NOW - 10, limit: 9 })).toEqual([]);
    });

    it('leaves out what has not ended, however old', async () => {
      const { stores } = await subjectOf(harness);
      const old = { ttl: NOW - 1 };
      await queued(stores[0], { ...old, agent: 'codex' });
      await created(stores[0].create(creation(old)));
      const record = await running(stores[0], old);
      expect(await stores[1].listExpired({ now: NOW, limit: 9 })).toEqual([]);
      const end = await moved(stores[0].move({ ...record, move: ending('TIMEOUT') }));
      expect(await stores[1].listExpired({ now: NOW, limit: 9 })).toEqual([end]);
    });
  });

  describe('remove', () => {
    it('deletes what has ended, as often as it is told', async () => {
      const { stores } = await subjectOf(harness);
      const [record, other] = [
        await ended(stores[0], { ttl: NOW - 2 }),
        await ended(stores[0], { ttl: NOW - 1 }),
      ];
      await atOnce(5, () => stores[0].remove(record));
      await stores[1].remove(record);
      expect(await stores[1].get(record)).toBeUndefined();
      expect((await stores[1].list({ tenantId: 'acme', limit: 9 })).records).toEqual([other]);
      expect(await stores[1].listExpired({ now: NOW, limit: 9 })).toEqual([other]);
      expect(await stores[1].move({ ...record, move: ending('FAILED') })).toEqual({ outcome: 'missing' });
    });

    it('does nothing to what has not ended, nor to what is not there', async () => {
      const { stores } = await subjectOf(harness);
      const pending = await created(stores[0].create(creation()));
      const living = [await queued(stores[0], { agent: 'codex' }), pending, await running(stores[0])];
      for (const record of living) {
        await stores[1].remove(record);
        expect(await stores[1].get(record)).toEqual(record);
      }
      await stores[1].remove({ tenantId: 'acme', dispatchId: newDispatchId() });
      expect(await stores[1].countQueued({ tenantId: 'acme' })).toEqual({ codex: 1 });
      expect((await stores[1].slotUsage({ tenantIds: ['acme'] })).byTenant).toEqual({ acme: 2 });
    });

    it('leaves another tenant alone', async () => {
      const { stores } = await subjectOf(harness);
      const record = await ended(stores[0]);
      await stores[0].remove({ tenantId: 'globex', dispatchId: record.dispatchId });
      expect(await stores[1].get(record)).toEqual(record);
    });

    it('takes the idempotency key with it, which then makes a new dispatch', async () => {
      const { stores } = await subjectOf(harness);
      const claim = { idempotency: idempotency('k') };
      const first = await created(stores[0].create(creation({}, claim)));
      await moved(stores[0].move({ ...first, move: ending('CANCELLED') }));
      await stores[0].remove(first);
      expect(await stores[1].findByIdempotencyKey({ tenantId: 'acme', key: 'k', now: NOW })).toBeUndefined();
      const second = await created(stores[1].create(creation({}, claim)));
      expect(second.dispatchId).not.toBe(first.dispatchId);
    });

    it('keeps the events that are still to be handed on', async () => {
      const { stores, outbox } = await subjectOf(harness);
      const record = await running(stores[0]);
      const event = costEvent(record);
      await moved(stores[0].move({ ...record, move: ending('COMPLETED'), event }));
      await stores[1].remove(record);
      expect(await costsIn(outbox)).toEqual([event]);
      expect(await eventsIn(outbox)).toHaveLength(4);
    });
  });
}

async function ended(
  store: DispatchStoreSubject['stores'][0],
  spec: Parameters<typeof running>[1] = {},
  status: TerminalStatus = 'COMPLETED',
): ReturnType<typeof running> {
  return moved(store.move({ ...(await running(store, spec)), move: ending(status) }));
}

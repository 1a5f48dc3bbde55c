import { asAccepted } from '@outpost/contracts';
import { describe, expect } from 'vitest';
import { created, moved, storeFor, type DispatchStoreSubject } from './dispatch-store-subject.js';
import { AMPLE, creation, ending, idempotency } from './fixtures.js';
import { atOnce, subjectOf, type Harness } from './harness.js';
import type { SuiteIt } from './left-out.js';
import { TEST_EPOCH_MS } from './settable-clock.js';

const NOW = TEST_EPOCH_MS / 1_000;
const LATER = '2026-11-23T12:05:00.000Z';

export function describeIdempotency(harness: Harness<DispatchStoreSubject>, it: SuiteIt): void {
  describe('an idempotency key', () => {
    it('makes one dispatch, however many ask at once', async () => {
      const { stores } = await subjectOf(harness);
      const results = await atOnce(50, (index) =>
        storeFor(stores, index).create(creation({}, { idempotency: idempotency('deploy-7') })),
      );
      const first = results.find(({ outcome }) => outcome === 'created');
      expect(results.filter(({ outcome }) => outcome === 'created')).toHaveLength(1);
      expect(results.filter(({ outcome }) => outcome === 'replayed')).toHaveLength(49);
      const ids = results.map((result) => ('record' in result ? result.record.dispatchId : undefined));
      expect(new Set(ids).size).toBe(1);
      const { records } = await stores[1].list({ tenantId: 'acme', limit: 100 });
      expect(records).toEqual([first?.outcome === 'created' ? first.record : undefined]);
    });

    it('is a conflict with another request, which makes nothing', async () => {
      const { stores } = await subjectOf(harness);
      const { dispatchId } = await created(
        stores[0].create(creation({}, { idempotency: idempotency('k', 'one') })),
      );
      const second = creation({}, { idempotency: idempotency('k', 'two') });
      expect(await stores[1].create(second)).toEqual({ outcome: 'conflict', dispatchId });
      expect(await stores[0].get(second.spec)).toBeUndefined();
    });

    it('answers the dispatch as it stands now', async () => {
      const { stores } = await subjectOf(harness);
      const params = creation({}, { idempotency: idempotency('k') });
      await created(stores[0].create(params));
      const { tenantId, dispatchId } = params.spec;
      await stores[0].annotate({ tenantId, dispatchId, during: ['PENDING'], set: { taskArn: 'task/1' } });
      const result = await stores[1].create(creation({}, { idempotency: idempotency('k') }));
      expect(result).toMatchObject({ outcome: 'replayed', record: { dispatchId, taskArn: 'task/1' } });
    });

    it.each([
      ['PENDING', AMPLE],
      ['QUEUED', { perAgent: 0, perTenant: 0 }],
    ] as const)(
      'remembers that the dispatch was accepted %s, whatever became of it',
      async (acceptedAs, limits) => {
        const { stores } = await subjectOf(harness);
        const claim = { idempotency: idempotency('k'), limits };
        const first = await created(stores[0].create(creation({}, claim)));
        expect(first.status).toBe(acceptedAs);
        const replay = () => stores[1].create(creation({}, { ...claim, limits: AMPLE }));
        expect(await replay()).toEqual({ outcome: 'replayed', record: first, acceptedAs });
        if (acceptedAs === 'QUEUED') await stores[0].admit({ ...first, at: LATER, limits: AMPLE });
        const ended = await moved(stores[0].move({ ...first, move: ending('CANCELLED') }));
        expect(await replay()).toEqual({ outcome: 'replayed', record: ended, acceptedAs });
        expect(asAccepted(ended, acceptedAs)).toEqual(first);
        expect(await stores[1].findByIdempotencyKey({ tenantId: 'acme', key: 'k', now: NOW })).toMatchObject({
          acceptedAs,
        });
      },
    );

    it('belongs to its tenant', async () => {
      const { stores } = await subjectOf(harness);
      const ours = await created(stores[0].create(creation({}, { idempotency: idempotency('k') })));
      const theirs = await created(
        stores[0].create(creation({ tenantId: 'globex' }, { idempotency: idempotency('k', 'other') })),
      );
      expect(theirs.dispatchId).not.toBe(ours.dispatchId);
      expect(
        await stores[0].findByIdempotencyKey({ tenantId: 'initech', key: 'k', now: NOW }),
      ).toBeUndefined();
    });

    it('is free again once it has expired', async () => {
      const { stores } = await subjectOf(harness);
      const claim = idempotency('k');
      const first = await created(stores[0].create(creation({}, { idempotency: claim })));
      const find = (now: number) => stores[1].findByIdempotencyKey({ tenantId: 'acme', key: 'k', now });
      expect(await find(claim.expiresAt - 1)).toEqual({
        dispatchId: first.dispatchId,
        requestHash: claim.requestHash,
        acceptedAs: 'PENDING',
      });
      expect(await find(claim.expiresAt)).toBeUndefined();
      const at = new Date(claim.expiresAt * 1_000).toISOString();
      const renewed = { ...idempotency('k', 'another'), expiresAt: claim.expiresAt + 86_400 };
      const second = await created(stores[1].create(creation({}, { at, idempotency: renewed })));
      expect(second.dispatchId).not.toBe(first.dispatchId);
      expect(await find(claim.expiresAt)).toEqual({
        dispatchId: second.dispatchId,
        requestHash: renewed.requestHash,
        acceptedAs: 'PENDING',
      });
      expect(await stores[0].get(first)).toEqual(first);
    });
  });
}

import { randomUUID } from 'node:crypto';
import { describe, expect } from 'vitest';
import { created, moved, queued, running, type DispatchStoreSubject } from './dispatch-store-subject.js';
import { AMPLE, creation, ending, newDispatchId, TEST_AT } from './fixtures.js';
import { subjectOf, type Harness } from './harness.js';
import type { SuiteIt } from './left-out.js';

const LATER = '2026-11-23T12:05:00.000Z';
const LAST = '2026-11-23T12:10:00.000Z';

export function describePlaces(harness: Harness<DispatchStoreSubject>, it: SuiteIt): void {
  describe('queuePlace', () => {
    it('counts who of its own tenant waits before it for the same agent', async () => {
      const { stores } = await subjectOf(harness);
      const line = [];
      for (let place = 0; place < 4; place += 1) {
        line.push(await queued(stores[0]));
        await queued(stores[0], { agent: 'codex' });
      }
      for (const [ahead, record] of line.entries()) {
        expect(await stores[1].queuePlace({ ...record, limit: 9 })).toEqual({ ahead, others: [] });
      }
      await moved(stores[0].move({ ...line[1]!, move: ending('CANCELLED') }));
      await stores[0].admit({ ...line[0]!, at: LATER, limits: AMPLE });
      expect(await stores[1].queuePlace({ ...line[3]!, limit: 9 })).toEqual({ ahead: 1, others: [] });
    });

    it('counts no further than the limit', async () => {
      const { stores } = await subjectOf(harness);
      for (let place = 0; place < 5; place += 1) await queued(stores[0]);
      const last = await queued(stores[0]);
      const aheadWithin = async (limit: number) => (await stores[1].queuePlace({ ...last, limit }))?.ahead;
      expect(await Promise.all([1, 4, 5, 6].map(aheadWithin))).toEqual([1, 4, 5, 5]);
    });

    it('counts also those that wait for a workspace', async () => {
      const { stores } = await subjectOf(harness);
      const workspace = { workspaceId: randomUUID(), workspaceMode: 'persistent' } as const;
      await created(stores[0].create(creation(workspace)));
      await queued(stores[0], workspace);
      await queued(stores[0], workspace);
      const last = await queued(stores[0], workspace);
      expect(await stores[1].queuePlace({ ...last, limit: 9 })).toEqual({ ahead: 2, others: [] });
    });

    it('knows how many of each other tenant wait for the agent', async () => {
      const { stores } = await subjectOf(harness);
      for (const tenantId of ['globex', 'initech', 'globex', 'globex']) await queued(stores[0], { tenantId });
      await queued(stores[0], { tenantId: 'hooli', agent: 'codex' });
      const ours = await queued(stores[0]);
      await queued(stores[0]);
      const place = await stores[1].queuePlace({ ...ours, limit: 9 });
      expect({ ...place, others: place?.others.toSorted() }).toEqual({ ahead: 0, others: [1, 3] });
    });

    it('is undefined for what does not wait', async () => {
      const { stores } = await subjectOf(harness);
      const runs = await running(stores[0]);
      const ended = await queued(stores[0]);
      await moved(stores[0].move({ ...ended, move: ending('CANCELLED') }));
      const foreign = { ...(await queued(stores[0])), tenantId: 'globex' };
      const unknown = { tenantId: 'acme', dispatchId: newDispatchId() };
      for (const key of [runs, ended, foreign, unknown]) {
        expect(await stores[1].queuePlace({ ...key, limit: 9 })).toBeUndefined();
      }
    });
  });

  describe('lastStartAt', () => {
    it('is when the tenant was last given slots, at once or out of the queue', async () => {
      const { stores } = await subjectOf(harness);
      const lastStarts = async () =>
        (await stores[1].slotUsage({ tenantIds: ['acme', 'globex', 'initech'] })).lastStartAt;
      const waiting = await queued(stores[0]);
      expect(await lastStarts()).toEqual({});
      await created(stores[0].create(creation({ tenantId: 'globex' })));
      expect(await lastStarts()).toEqual({ globex: TEST_AT });
      await stores[0].admit({ ...waiting, at: LATER, limits: { perAgent: 0, perTenant: 9 } });
      expect(await lastStarts()).toEqual({ globex: TEST_AT });
      await stores[0].admit({ ...waiting, at: LATER, limits: AMPLE });
      expect(await lastStarts()).toEqual({ acme: LATER, globex: TEST_AT });
      await stores[0].admit({ ...waiting, at: LAST, limits: AMPLE });
      await moved(stores[0].move({ ...waiting, move: ending('FAILED', { completedAt: LAST }) }));
      expect(await lastStarts()).toEqual({ acme: LATER, globex: TEST_AT });
      await created(stores[0].create(creation({}, { at: LAST })));
      expect(await lastStarts()).toEqual({ acme: LAST, globex: TEST_AT });
    });

    it('is told of the tenants that were asked for', async () => {
      const { stores } = await subjectOf(harness);
      for (const tenantId of ['acme', 'globex']) await created(stores[0].create(creation({ tenantId })));
      const { lastStartAt, byTenant } = await stores[1].slotUsage({ tenantIds: ['globex'] });
      expect({ lastStartAt, byTenant }).toEqual({
        lastStartAt: { globex: TEST_AT },
        byTenant: { globex: 1 },
      });
      expect((await stores[1].slotUsage({ tenantIds: [] })).lastStartAt).toEqual({});
    });
  });

  describe('isWorkspaceInUse', () => {
    it('is true while a dispatch of the tenant has not ended there', async () => {
      const { stores } = await subjectOf(harness);
      const workspaceId = randomUUID();
      const workspace = { workspaceId, workspaceMode: 'persistent' } as const;
      const isInUse = (tenantId = 'acme') => stores[1].isWorkspaceInUse({ tenantId, workspaceId });
      expect(await isInUse()).toBe(false);
      const waiting = await queued(stores[0], workspace);
      expect(await isInUse()).toBe(true);
      expect(await isInUse('globex')).toBe(false);
      await stores[0].admit({ ...waiting, at: LATER, limits: AMPLE });
      expect(await isInUse()).toBe(true);
      const next = await queued(stores[0], workspace);
      await moved(stores[0].move({ ...waiting, move: ending('FAILED') }));
      expect(await isInUse()).toBe(true);
      await moved(stores[0].move({ ...next, move: ending('CANCELLED') }));
      expect(await isInUse()).toBe(false);
    });

    it('is true while it runs', async () => {
      const { stores } = await subjectOf(harness);
      const record = await running(stores[0], { workspaceMode: 'persistent' });
      expect(await stores[1].isWorkspaceInUse(record)).toBe(true);
      await moved(stores[0].move({ ...record, move: ending('COMPLETED') }));
      expect(await stores[1].isWorkspaceInUse(record)).toBe(false);
    });
  });
}

import { describe, expect } from 'vitest';
import { created, moved, queued, storeFor, type DispatchStoreSubject } from './dispatch-store-subject.js';
import { AMPLE, creation, ending, TEST_AT } from './fixtures.js';
import { atOnce, subjectOf, type Harness } from './harness.js';
import type { SuiteIt } from './left-out.js';

const LATER = '2026-11-23T12:05:00.000Z';

export function describeQueue(harness: Harness<DispatchStoreSubject>, it: SuiteIt): void {
  describe('admit', () => {
    it('moves what waits to PENDING when there is room', async () => {
      const { stores } = await subjectOf(harness);
      const record = await queued(stores[0]);
      const result = await stores[0].admit({ ...record, at: LATER, limits: AMPLE });
      const expected = { ...record, status: 'PENDING', pendingAt: LATER, attempt: 1 };
      expect(result).toEqual({ outcome: 'moved', record: expected });
      expect(await stores[1].get(record)).toEqual(expected);
    });

    it.each([
      ['agent', { perAgent: 1, perTenant: 9 }, { tenantId: 'globex' }],
      ['tenant', { perAgent: 9, perTenant: 1 }, { agent: 'codex' }],
      ['workspace', AMPLE, { agent: 'codex', ...WORKSPACE }],
    ] as const)('is full while the %s has no slot, and not after', async (_, limits, holderSpec) => {
      const { stores } = await subjectOf(harness);
      const holder = await created(stores[0].create(creation(holderSpec)));
      const waiting = await queued(stores[0], WORKSPACE);
      const admit = () => stores[1].admit({ ...waiting, at: LATER, limits });
      expect(await admit()).toEqual({ outcome: 'full' });
      expect(await stores[0].get(waiting)).toEqual(waiting);
      await moved(stores[0].move({ ...holder, move: ending('FAILED') }));
      expect(await admit()).toMatchObject({ outcome: 'moved' });
    });

    it('gives out no more slots than there are, to fifty at once', async () => {
      const { stores } = await subjectOf(harness);
      const waiting = await atOnce(50, (index) => queued(stores[0], { tenantId: `tenant-${index % 7}` }));
      const limits = { ...AMPLE, perAgent: 5 };
      const results = await Promise.all(
        waiting.map((record, index) => storeFor(stores, index).admit({ ...record, at: LATER, limits })),
      );
      expect(results.filter(({ outcome }) => outcome === 'moved')).toHaveLength(5);
      expect(results.filter(({ outcome }) => outcome === 'full')).toHaveLength(45);
      expect((await stores[1].slotUsage({ tenantIds: ['acme', 'globex'] })).byAgent).toEqual({ claude: 5 });
    });

    it('admits one dispatch once', async () => {
      const { stores } = await subjectOf(harness);
      const record = await queued(stores[0]);
      const results = await atOnce(20, (index) =>
        storeFor(stores, index).admit({ ...record, at: LATER, limits: AMPLE }),
      );
      expect(results.filter(({ outcome }) => outcome === 'moved')).toHaveLength(1);
      expect(results.filter(({ outcome }) => outcome === 'refused')).toHaveLength(19);
    });
  });

  describe('counts', () => {
    it('tell who holds slots, and who waits', async () => {
      const { stores } = await subjectOf(harness);
      await created(stores[0].create(creation()));
      await created(stores[0].create(creation({ agent: 'codex' })));
      await created(stores[0].create(creation({ tenantId: 'globex' })));
      await queued(stores[0]);
      await queued(stores[0]);
      await queued(stores[0], { tenantId: 'globex', agent: 'grok' });
      expect(await stores[1].slotUsage({ tenantIds: ['acme', 'globex'] })).toEqual({
        byAgent: { claude: 2, codex: 1 },
        byTenant: { acme: 2, globex: 1 },
        lastStartAt: { acme: TEST_AT, globex: TEST_AT },
      });
      expect(await stores[1].countQueued({ tenantId: 'acme' })).toEqual({ claude: 2 });
      expect(await stores[1].countQueued({ tenantId: 'globex' })).toEqual({ grok: 1 });
      expect(await stores[1].countQueued({ tenantId: 'initech' })).toEqual({});
    });
  });
}

const WORKSPACE = {
  workspaceId: '3f2b8c1e-0f39-4b5a-9d3e-2d6f0c8b7a10',
  workspaceMode: 'persistent',
} as const;

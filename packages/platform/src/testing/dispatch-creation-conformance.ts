import { DispatchRecordSchema } from '@outpost/contracts';
import { randomUUID } from 'node:crypto';
import { describe, expect } from 'vitest';
import { created, storeFor, type DispatchStoreSubject } from './dispatch-store-subject.js';
import { AMPLE, creation, dispatchSpec, ending, TEST_AT } from './fixtures.js';
import { atOnce, subjectOf, type Harness } from './harness.js';
import type { SuiteIt } from './left-out.js';

const RACERS = 50;
const WORKSPACE_ID = '3f2b8c1e-0f39-4b5a-9d3e-2d6f0c8b7a10';

export function describeCreation(harness: Harness<DispatchStoreSubject>, it: SuiteIt): void {
  describe('create', () => {
    it('writes a PENDING dispatch while there is room', async () => {
      const { stores } = await subjectOf(harness);
      const params = creation({
        userId: 'ann',
        repo: 'octocat/hello-world',
        branch: 'main',
        tags: { team: 'web' },
      });
      const result = await stores[0].create(params);
      const expected = { ...params.spec, status: 'PENDING', pendingAt: TEST_AT, attempt: 1 };
      expect(result).toEqual({ outcome: 'created', record: expected });
      const read = await stores[1].get(params.spec);
      expect(read).toEqual(expected);
      expect(DispatchRecordSchema.parse(read)).toEqual(expected);
    });

    it('keeps a task of 50,000 characters as it is', async () => {
      const { stores } = await subjectOf(harness);
      const params = creation({ task: 'Zäh\u2028\u{1F680}\n"'.repeat(6_250).slice(0, 50_000) });
      await stores[0].create(params);
      expect((await stores[0].get(params.spec))?.task).toBe(params.spec.task);
    });

    it('rejects an id that is taken, and leaves the first dispatch as it is', async () => {
      const { stores } = await subjectOf(harness);
      const params = creation({ task: 'The first of the two.' });
      await stores[0].create(params);
      await expect(
        stores[0].create({ ...params, spec: { ...params.spec, task: 'The second of the two.' } }),
      ).rejects.toThrow();
      expect((await stores[0].get(params.spec))?.task).toBe('The first of the two.');
    });

    it('queues when the agent is at its limit, whoever holds the slots', async () => {
      const { stores } = await subjectOf(harness);
      const limits = { ...AMPLE, perAgent: 2 };
      const statuses = [];
      for (const tenantId of ['acme', 'globex', 'initech']) {
        statuses.push((await created(stores[0].create(creation({ tenantId }, { limits })))).status);
      }
      expect(statuses).toEqual(['PENDING', 'PENDING', 'QUEUED']);
      const other = await created(
        stores[0].create(creation({ agent: 'codex', tenantId: 'initech' }, { limits })),
      );
      expect(other.status).toBe('PENDING');
    });

    it('queues when the tenant is at its limit, whichever agents run', async () => {
      const { stores } = await subjectOf(harness);
      const limits = { ...AMPLE, perTenant: 2 };
      const statuses = [];
      for (const agent of ['claude', 'codex', 'gemini'] as const) {
        statuses.push((await created(stores[0].create(creation({ agent }, { limits })))).status);
      }
      expect(statuses).toEqual(['PENDING', 'PENDING', 'QUEUED']);
      const other = await created(
        stores[0].create(creation({ tenantId: 'globex', agent: 'gemini' }, { limits })),
      );
      expect(other.status).toBe('PENDING');
    });

    it('queues while another dispatch of the tenant holds the workspace', async () => {
      const { stores } = await subjectOf(harness);
      const workspace = { workspaceId: randomUUID(), workspaceMode: 'persistent' } as const;
      const first = await created(stores[0].create(creation({ ...workspace })));
      const second = await created(stores[0].create(creation({ ...workspace, agent: 'codex' })));
      const foreign = await created(stores[0].create(creation({ ...workspace, tenantId: 'globex' })));
      expect([first.status, second.status, foreign.status]).toEqual(['PENDING', 'QUEUED', 'PENDING']);
    });

    it('queues behind an older one of the same tenant and agent, also when a slot is free again', async () => {
      const { stores } = await subjectOf(harness);
      const limits = { ...AMPLE, perAgent: 1 };
      const running = await created(stores[0].create(creation({}, { limits })));
      await created(stores[0].create(creation({}, { limits })));
      await stores[0].move({ ...running, move: ending('CANCELLED') });
      expect((await created(stores[0].create(creation({}, { limits })))).status).toBe('QUEUED');
      // Another tenant's line is its own.
      expect((await created(stores[0].create(creation({ tenantId: 'globex' }, { limits })))).status).toBe(
        'PENDING',
      );
    });

    it('queues behind an older one that waits for the same workspace', async () => {
      const { stores } = await subjectOf(harness);
      const workspace = { workspaceId: randomUUID(), workspaceMode: 'persistent' } as const;
      const holder = await created(stores[0].create(creation({ ...workspace })));
      await created(stores[0].create(creation({ ...workspace })));
      await stores[0].move({ ...holder, move: ending('CANCELLED') });
      expect((await created(stores[0].create(creation({ ...workspace, agent: 'codex' })))).status).toBe(
        'QUEUED',
      );
    });
  });

  describe('create, by many at once', () => {
    it.each([
      [
        'the agent',
        { limits: { ...AMPLE, perAgent: 5 } },
        (index: number) => ({ tenantId: `tenant-${index}` }),
        5,
      ],
      ['the tenant', { limits: { ...AMPLE, perTenant: 5 } }, () => ({}), 5],
      [
        'the workspace',
        { limits: AMPLE },
        () => ({ workspaceId: WORKSPACE_ID, workspaceMode: 'persistent' }) as const,
        1,
      ],
    ] as const)('gives out no more slots of %s than there are', async (_, { limits }, specOf, slots) => {
      const { stores } = await subjectOf(harness);
      const results = await atOnce(RACERS, (index) =>
        storeFor(stores, index).create({ spec: dispatchSpec(specOf(index)), at: TEST_AT, limits }),
      );
      const statuses = results.map((result) =>
        result.outcome === 'created' ? result.record.status : result.outcome,
      );
      expect(statuses.filter((status) => status === 'PENDING')).toHaveLength(slots);
      expect(statuses.filter((status) => status === 'QUEUED')).toHaveLength(RACERS - slots);
      expect((await stores[1].slotUsage({ tenantIds: ['acme', 'globex'] })).byAgent).toEqual({
        claude: slots,
      });
    });
  });
}

import { randomUUID } from 'node:crypto';
import { describe, expect } from 'vitest';
import type { WorkspaceRecord, WorkspaceStore } from '../ports/index.js';
import { TEST_AT, workspaceRecord } from './fixtures.js';
import { subjectOf, type Harness } from './harness.js';
import { itExcept, type LeftOut, type SuiteIt } from './left-out.js';
import { describeWorkspaceUse, type WorkspaceStoreSubject } from './workspace-use-conformance.js';

/** What every store of workspaces must do. */
export function describeWorkspaceStoreConformance(
  name: string,
  harness: Harness<WorkspaceStoreSubject>,
  leftOut?: LeftOut,
): void {
  const it = itExcept(leftOut);
  describe(`WorkspaceStore: ${name}`, () => {
    it('writes, replaces and deletes', async () => {
      const { workspaces } = await subjectOf(harness);
      const workspace = workspaceRecord();
      await workspaces.put(workspace);
      expect(await workspaces.get(workspace)).toEqual(workspace);
      const used = { ...workspace, lastUsedAt: '2026-11-24T00:00:00.000Z' };
      await workspaces.put(used);
      expect(await workspaces.get(workspace)).toEqual(used);
      await workspaces.delete(workspace);
      await workspaces.delete(workspace);
      expect(await workspaces.get(workspace)).toBeUndefined();
    });

    it('moves the expiry on of one that is there', async () => {
      const { workspaces } = await subjectOf(harness);
      const workspace = workspaceRecord();
      const later = { lastUsedAt: '2026-11-24T00:00:00.000Z', expiresAt: '2026-12-24T00:00:00.000Z' };
      const { tenantId, workspaceId } = workspace;
      expect(await workspaces.touch({ tenantId, workspaceId, ...later })).toBe(false);
      expect(await workspaces.get(workspace)).toBeUndefined();
      await workspaces.put(workspace);
      expect(await workspaces.touch({ tenantId: 'globex', workspaceId, ...later })).toBe(false);
      expect(await workspaces.touch({ tenantId, workspaceId, ...later })).toBe(true);
      expect(await workspaces.get(workspace)).toEqual({ ...workspace, ...later });
    });

    it('keeps tenants apart', async () => {
      const { workspaces } = await subjectOf(harness);
      const workspaceId = randomUUID();
      const ours = workspaceRecord({ workspaceId });
      const theirs = workspaceRecord({ workspaceId, tenantId: 'globex', branch: 'theirs' });
      await workspaces.put(ours);
      expect(await workspaces.get({ tenantId: 'globex', workspaceId })).toBeUndefined();
      await workspaces.put(theirs);
      await workspaces.delete(theirs);
      expect(await workspaces.get({ tenantId: 'acme', workspaceId })).toEqual(ours);
    });

    it('lists those of all tenants that expired before now', async () => {
      const { workspaces } = await subjectOf(harness);
      const at = (expiresAt: string, tenantId = 'acme') => workspaceRecord({ expiresAt, tenantId });
      const expired = [at('2026-11-23T11:00:00.000Z'), at('2026-11-23T11:59:59.999Z', 'globex')];
      const alive = [at('2026-11-23T12:00:00.000Z'), at('2026-11-24T00:00:00.000Z')];
      for (const workspace of [...alive, ...expired]) await workspaces.put(workspace);
      const listed = await workspaces.listExpired({ now: '2026-11-23T12:00:00.000Z' });
      expect(listed).toHaveLength(2);
      expect(listed).toEqual(expect.arrayContaining(expired));
    });

    it('goes by the last expiry that was written', async () => {
      const { workspaces } = await subjectOf(harness);
      const workspace = workspaceRecord({ expiresAt: '2026-11-23T11:00:00.000Z' });
      await workspaces.put(workspace);
      await workspaces.put({ ...workspace, expiresAt: '2026-12-23T11:00:00.000Z' });
      expect(await workspaces.listExpired({ now: '2026-11-23T12:00:00.000Z' })).toEqual([]);
    });

    describeLists(harness, it);
    describeWorkspaceUse(harness, it);
  });
}

function describeLists(harness: Harness<WorkspaceStoreSubject>, it: SuiteIt): void {
  const usedAt = (minute: number, more: Partial<WorkspaceRecord> = {}) =>
    workspaceRecord({ lastUsedAt: new Date(Date.parse(TEST_AT) + minute * 60_000).toISOString(), ...more });
  const idsOf = (workspaces: readonly WorkspaceRecord[]) => workspaces.map(({ workspaceId }) => workspaceId);
  const allPages = async (store: WorkspaceStore, limit: number): Promise<string[][]> => {
    const pages: string[][] = [];
    let cursor: string | undefined;
    do {
      const page = await store.list({ tenantId: 'acme', limit, cursor });
      pages.push(idsOf(page.workspaces));
      cursor = page.nextCursor;
    } while (cursor !== undefined);
    return pages;
  };

  describe('the list of a tenant', () => {
    it('is newest use first, in pages, without those of others and those that are deleted', async () => {
      const { workspaces } = await subjectOf(harness);
      const [oldest, middle, newest] = [usedAt(1), usedAt(2), usedAt(3)];
      const gone = usedAt(4);
      for (const record of [middle, newest, oldest, gone, usedAt(5, { tenantId: 'globex' })])
        await workspaces.put(record);
      await workspaces.retire({ tenantId: 'acme', workspaceId: gone.workspaceId, at: TEST_AT });
      const [a, b, c] = idsOf([newest, middle, oldest]);
      expect(await allPages(workspaces, 10)).toEqual([[a, b, c]]);
      expect(await allPages(workspaces, 3)).toEqual([[a, b, c]]);
      expect(await allPages(workspaces, 2)).toEqual([[a, b], [c]]);
      expect(await allPages(workspaces, 1)).toEqual([[a], [b], [c]]);
      expect((await workspaces.list({ tenantId: 'acme', limit: 1 })).workspaces).toEqual([newest]);
      expect(await workspaces.count({ tenantId: 'acme' })).toBe(3);
      expect(await workspaces.count({ tenantId: 'nobody' })).toBe(0);
    });

    it('has each once, though many were used at the same time', async () => {
      const { workspaces } = await subjectOf(harness);
      const records = Array.from({ length: 7 }, () => usedAt(1));
      for (const record of records) await workspaces.put(record);
      const pages = await allPages(workspaces, 2);
      expect(pages.flat().toSorted()).toEqual(idsOf(records).toSorted());
    });

    it('moves one that is used again to the beginning', async () => {
      const { workspaces } = await subjectOf(harness);
      const [older, newer] = [usedAt(1), usedAt(2)];
      for (const record of [older, newer]) await workspaces.put(record);
      const { tenantId, workspaceId, expiresAt } = older;
      await workspaces.touch({ tenantId, workspaceId, expiresAt, lastUsedAt: usedAt(3).lastUsedAt });
      expect(await allPages(workspaces, 10)).toEqual([idsOf([older, newer])]);
    });

    it.each(['', 'x', 'e30', Buffer.from('["2026",1]').toString('base64url')])(
      'refuses the cursor %j, which no page answered',
      async (cursor) => {
        const { workspaces } = await subjectOf(harness);
        await expect(workspaces.list({ tenantId: 'acme', limit: 1, cursor })).rejects.toMatchObject({
          code: 'VALIDATION_ERROR',
        });
      },
    );
  });
}

import { randomUUID } from 'node:crypto';
import { describe, expect } from 'vitest';
import type { WorkspaceStore } from '../ports/index.js';
import { workspaceRecord } from './fixtures.js';
import { subjectOf, type Harness } from './harness.js';
import { itExcept, type LeftOut } from './left-out.js';

/** What every store of workspaces must do. */
export function describeWorkspaceStoreConformance(
  name: string,
  harness: Harness<{ readonly workspaces: WorkspaceStore }>,
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
  });
}

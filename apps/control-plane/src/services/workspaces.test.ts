import { LIMITS } from '@outpost/contracts';
import { ending } from '@outpost/platform/testing';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { DispatchDesk, FULL, refusalOf } from '../testing/dispatch-desk.js';
import { tenantsOf } from '../testing/tenants-of.js';
import { WorkspaceHandler } from './workspace-handler.js';
import { Workspaces } from './workspaces.js';
import { pino } from 'pino';
import { AuditLogger } from './audit-logger.js';

const MB = 1024 ** 2;
const PERSISTENT = { workspaceMode: 'persistent' } as const;

let desk: DispatchDesk;
beforeEach(async () => {
  desk = await DispatchDesk.open();
});
afterEach(async () => desk.close());

/** As another instance has it. */
function workspacesOf({ maxPerTenant = 100, quotaMb = 10 } = {}) {
  const platform = desk.local.open();
  const logger = pino({ level: 'silent' });
  const { clock } = desk.local;
  const tenants = tenantsOf({ workspaceQuotaMb: quotaMb });
  const handler = new WorkspaceHandler({
    store: platform.workspaces,
    volumes: platform.volumes,
    archives: platform.workspaceArchives,
    tenants,
    audit: new AuditLogger({ store: platform.audit, clock, logger }),
    limits: { maxFiles: 50, maxPerTenant },
    clock,
    logger,
  });
  const { workspaces: store, dispatches } = platform;
  return { handler, workspaces: new Workspaces({ store, dispatches, handler, tenants, clock }) };
}

const keyOf = ({ workspaceId }: { workspaceId: string }) => ({ tenantId: 'acme', workspaceId });

describe('a persistent workspace', () => {
  it('is shown with its last dispatch, who has it, and what it may hold', async () => {
    const { workspaces } = workspacesOf();
    const { record } = await desk.create({ ...PERSISTENT, repo: 'octocat/hello' });
    const { workspaceId, dispatchId, createdAt } = record;
    const days = LIMITS.workspaceTtlDays * 86_400_000;
    expect(await workspaces.get(keyOf(record))).toEqual({
      workspaceId,
      repo: 'octocat/hello',
      branch: 'main',
      createdAt,
      lastUsedAt: createdAt,
      expiresAt: new Date(Date.parse(createdAt) + days).toISOString(),
      quotaBytes: 10 * MB,
      inUse: true,
      heldBy: dispatchId,
      waiting: 0,
      lastDispatch: { dispatchId, agent: 'claude', status: 'PENDING' },
    });
    await desk.end(record, 'COMPLETED');
    const { heldBy, ...shown } = await workspaces.get(keyOf(record));
    expect(heldBy).toBeUndefined();
    expect(shown).toMatchObject({ inUse: false, lastDispatch: { status: 'COMPLETED' } });
  });

  it('lives on with each dispatch to it, and comes first in the list', async () => {
    const { workspaces } = workspacesOf();
    const older = (await desk.create(PERSISTENT)).record;
    desk.local.clock.advance(1_000);
    const newer = (await desk.create(PERSISTENT)).record;
    const ids = async () =>
      (await workspaces.list({ tenantId: 'acme', limit: 10 })).workspaces.map((each) => each.workspaceId);
    expect(await ids()).toEqual([newer.workspaceId, older.workspaceId]);
    desk.local.clock.advance(LIMITS.workspaceTtlDays * 86_400_000 - 2_000);
    await desk.create({ workspaceId: older.workspaceId });
    desk.local.clock.advance(3_000);
    await expect(workspaces.get(keyOf(newer))).rejects.toMatchObject({ code: 'NOT_FOUND' });
    expect((await workspaces.get(keyOf(older))).inUse).toBe(true);
  });

  it('is made by the dispatch that is recorded with it', async () => {
    const { record } = await desk.create(PERSISTENT);
    await desk.create({ workspaceId: record.workspaceId });
    await vi.waitFor(async () => {
      const { entries } = await desk.platform.audit.list({
        tenantId: 'acme',
        action: 'workspace.create',
        limit: 10,
      });
      expect(entries).toMatchObject([
        {
          dispatchId: record.dispatchId,
          resource: `workspaces/${record.workspaceId}`,
          actor: { id: 'key-1' },
        },
      ]);
    });
  });

  it('is one of so many that a tenant may have', async () => {
    const { handler } = workspacesOf({ maxPerTenant: 2 });
    const request = { agent: 'claude', task: 'Write a test.', ...PERSISTENT } as never;
    const plan = (tenantId: string) => handler.plan({ tenantId, request });
    for (let made = 0; made < 2; made += 1)
      await handler.keep({ tenantId: 'acme', plan: await plan('acme') });
    const refusal = await refusalOf(plan('acme'));
    expect(refusal).toMatchObject({ code: 'CONFLICT' });
    expect(refusal.message).toContain('has 2 persistent workspaces, as many as it may');
    await expect(plan('globex')).resolves.toMatchObject({ continues: false });
  });
});

describe('a workspace that is full', () => {
  it.each([
    [{ sizeBytes: 11 * MB, files: 1 }, 'it holds 11 MB, and may hold 10 MB'],
    [{ sizeBytes: 1, files: 51 }, 'it holds 51 files, and may hold 50'],
  ])('is not continued in: %j', async (size, words) => {
    const { record } = await desk.create(PERSISTENT);
    await desk.claim(record);
    const usage = { ...size, measuredAt: record.createdAt };
    const { workspaceReports } = desk.local.openWorker();
    await workspaceReports.begin(record);
    expect(await workspaceReports.report({ ...record, generation: 1, usage })).toBe(true);
    await desk.end(record);
    const { handler, workspaces } = workspacesOf();
    const request = { agent: 'claude', task: 'Go on.', workspaceId: record.workspaceId } as never;
    const refusal = await refusalOf(handler.plan({ tenantId: 'acme', request }));
    expect(refusal).toMatchObject({ code: 'CONFLICT' });
    expect(refusal.message).toContain(words);
    expect((await workspaces.get(keyOf(record))).usage).toEqual(usage);
  });
});

describe('a deletion', () => {
  it('takes the data along, and answers a repeat the same for a day', async () => {
    const { workspaces } = workspacesOf();
    const { record } = await desk.create(PERSISTENT);
    const path = await desk.local.openWorker().mounts.mount(keyOf(record));
    await desk.end(record);
    const deleted = await workspaces.delete(keyOf(record));
    expect(deleted).toEqual({ workspaceId: record.workspaceId, deletedAt: record.createdAt });
    desk.local.clock.advance(5_000);
    expect(await workspaces.delete(keyOf(record))).toEqual(deleted);
    await vi.waitFor(() => expect(existsSync(path)).toBe(false));
    await expect(workspaces.get(keyOf(record))).rejects.toMatchObject({ code: 'NOT_FOUND' });
    expect((await workspaces.list({ tenantId: 'acme', limit: 10 })).workspaces).toEqual([]);
    const refusal = await refusalOf(desk.create({ workspaceId: record.workspaceId }));
    expect(refusal.code).toBe('NOT_FOUND');
  });

  it('waits for who has the workspace and who waits for it, and says for whom', async () => {
    const { workspaces } = workspacesOf();
    const { record: holder } = await desk.create(PERSISTENT);
    const { workspaceId } = holder;
    const { record: waiting } = await desk.create({ workspaceId }, undefined, FULL);
    const first = await refusalOf(workspaces.delete(keyOf(holder)));
    expect(first).toMatchObject({ code: 'CONFLICT' });
    expect(first.message).toContain(`dispatch ${holder.dispatchId} has it, and 1 wait for it`);
    expect(first.message).toContain('DELETE /dispatch/:dispatchId');
    await desk.end(holder);
    expect((await refusalOf(workspaces.delete(keyOf(holder)))).message).toContain('1 dispatches wait for it');
    await desk.platform.dispatches.move({ ...waiting, move: ending('CANCELLED') });
    await expect(workspaces.delete(keyOf(holder))).resolves.toMatchObject({ workspaceId });
  });

  it('between the look of a dispatch at the workspace and its own write wins: the dispatch finds no workspace', async () => {
    const { record } = await desk.create(PERSISTENT);
    await desk.end(record);
    const { workspaces } = workspacesOf();
    const { touch } = desk.platform.workspaces;
    vi.spyOn(desk.platform.workspaces, 'touch').mockImplementation(async (params) => {
      const isTouched = await touch(params);
      await workspaces.delete(keyOf(record));
      return isTouched;
    });
    const refusal = await refusalOf(desk.create({ workspaceId: record.workspaceId }, 'key-2'));
    expect(refusal.code).toBe('NOT_FOUND');
    expect(await desk.runs()).toHaveLength(1);
    vi.restoreAllMocks();
    vi.spyOn(desk.platform.workspaces, 'get').mockResolvedValueOnce({
      ...keyOf(record),
      createdAt: record.createdAt,
      lastUsedAt: record.createdAt,
      expiresAt: '2030-01-01T00:00:00.000Z',
    });
    expect((await refusalOf(desk.create({ workspaceId: record.workspaceId }))).code).toBe('NOT_FOUND');
    expect(await desk.runs()).toHaveLength(1);
  });

  it('is of what the tenant has', async () => {
    const { workspaces } = workspacesOf();
    const { record } = await desk.create(PERSISTENT);
    await desk.end(record);
    const { workspaceId } = record;
    for (const call of [
      workspaces.delete({ tenantId: 'globex', workspaceId }),
      workspaces.get({ tenantId: 'globex', workspaceId }),
      workspaces.delete({ tenantId: 'acme', workspaceId: '00000000-0000-4000-8000-000000000001' }),
    ])
      expect((await refusalOf(call)).code).toBe('NOT_FOUND');
    expect((await workspaces.get(keyOf(record))).inUse).toBe(false);
  });
});

describe('the archives of a workspace', () => {
  const generations = [1, 2, 3];
  const archive = { sizeBytes: 1, archivedAt: '2026-11-23T12:00:00.000Z', sha256: '0'.repeat(64) };
  const usage = { sizeBytes: 1, files: 1, measuredAt: '2026-11-23T12:00:00.000Z' };
  const { sizeBytes, archivedAt } = archive;

  /** Three generations of a workspace, each archived, by a dispatch that has ended. */
  const start = async () => {
    const { record } = await desk.create(PERSISTENT);
    await desk.claim(record);
    const { workspaceArchives, workspaceReports } = desk.local.openWorker();
    const file = join(desk.local.dataDir, 'archive');
    writeFileSync(file, 'packed');
    for (const generation of generations) {
      await workspaceReports.begin(record);
      await workspaceReports.occupy({ ...record, generation });
      await workspaceArchives.put({ ...keyOf(record), generation, file });
      await workspaceReports.report({ ...record, generation, usage, archive });
    }
    await desk.end(record);
    const directory = join(desk.local.dataDir, 'workspace-archives', 'acme', record.workspaceId);
    return { record, workspaceReports, stored: () => (existsSync(directory) ? readdirSync(directory) : []) };
  };

  it('are shown and kept while one is what the workspace is, and go when they are of the past', async () => {
    const { record, workspaceReports, stored } = await start();
    const { workspaces } = workspacesOf();
    expect((await workspaces.get(keyOf(record))).archive).toEqual({ sizeBytes, archivedAt });
    const { workspaceId } = record;
    const next = (await desk.create({ workspaceId })).record;
    expect(stored()).toEqual(['3.tar.gz']);
    await desk.claim(next);
    await workspaceReports.begin(next);
    await workspaceReports.occupy({ ...next, generation: 4 });
    expect((await workspaces.get(keyOf(record))).archive).toBeUndefined();
    await desk.create({ workspaceId });
    expect(stored()).toEqual([]);
  });

  it('go with it', async () => {
    const { record, stored } = await start();
    await workspacesOf().workspaces.delete(keyOf(record));
    await vi.waitFor(() => expect(stored()).toEqual([]));
  });

  it('go with it also when it has no volume, and the deletion was broken off', async () => {
    const { record, stored } = await start();
    const { handler } = workspacesOf();
    await handler.retire(keyOf(record));
    expect(stored()).toHaveLength(3);
    await handler.removeStale({ isInUse: async () => false });
    // Deleted just now: what was deleted before is looked at.
    desk.local.clock.advance(1);
    await handler.removeStale({ isInUse: async () => false });
    expect(stored()).toEqual([]);
  });
});

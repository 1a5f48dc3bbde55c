import { randomUUID } from 'node:crypto';
import { describe, expect } from 'vitest';
import type { DispatchStore, WorkspaceReports, WorkspaceStore } from '../ports/index.js';
import { created, moved, queued, running } from './dispatch-store-subject.js';
import { AMPLE, CLAIMED, creation, ending, idempotency, TEST_AT, workspaceRecord } from './fixtures.js';
import { subjectOf, type Harness } from './harness.js';
import type { SuiteIt } from './left-out.js';

/** On the same data. */
export interface WorkspaceStoreSubject {
  readonly workspaces: WorkspaceStore;
  readonly dispatches: DispatchStore;
  /** Of a worker. */
  readonly reports: WorkspaceReports;
}

const LATER = '2026-11-23T12:05:00.000Z';
const LATEST = '2026-11-23T12:09:00.000Z';
const USAGE = { sizeBytes: 4_096, files: 7, measuredAt: LATER };

export function describeWorkspaceUse(harness: Harness<WorkspaceStoreSubject>, it: SuiteIt): void {
  const start = async () => {
    const subject = await subjectOf(harness);
    const record = workspaceRecord();
    const { tenantId, workspaceId } = record;
    await subject.workspaces.put(record);
    return {
      ...subject,
      record,
      key: { tenantId, workspaceId },
      spec: { workspaceId, workspaceMode: 'persistent' as const },
    };
  };

  describe('the use of a workspace', () => {
    it('is nothing at first', async () => {
      const { workspaces, key } = await start();
      expect(await workspaces.useOf(key)).toEqual({
        heldBy: undefined,
        waiting: 0,
        lastDispatchId: undefined,
        usage: undefined,
        archive: undefined,
        generation: 0,
        volumeGeneration: 0,
      });
    });

    it('tells who has it, how many wait, and which was accepted last', async () => {
      const { workspaces, dispatches, key, spec } = await start();
      const first = await created(dispatches.create(creation(spec)));
      expect(await workspaces.useOf(key)).toMatchObject({
        heldBy: first.dispatchId,
        waiting: 0,
        lastDispatchId: first.dispatchId,
      });
      const second = await created(dispatches.create(creation(spec)));
      const third = await created(dispatches.create(creation({ ...spec, agent: 'codex' })));
      expect(await workspaces.useOf(key)).toMatchObject({
        heldBy: first.dispatchId,
        waiting: 2,
        lastDispatchId: third.dispatchId,
      });
      await moved(dispatches.move({ ...first, move: ending('CANCELLED') }));
      await dispatches.admit({ ...second, at: LATER, limits: AMPLE });
      expect(await workspaces.useOf(key)).toMatchObject({ heldBy: second.dispatchId, waiting: 1 });
      await moved(dispatches.move({ ...second, move: ending('CANCELLED') }));
      await moved(dispatches.move({ ...third, move: ending('CANCELLED') }));
      expect(await workspaces.useOf(key)).toMatchObject({
        heldBy: undefined,
        waiting: 0,
        lastDispatchId: third.dispatchId,
      });
    });

    it('keeps what a worker found, and takes it from none that does not have the workspace', async () => {
      const { workspaces, dispatches, reports, key, spec } = await start();
      const holder = await running(dispatches, spec);
      const waiting = await queued(dispatches, spec);
      const report = (dispatchId: string, generation: number, usage = USAGE) =>
        reports.report({ ...key, dispatchId, generation, usage });
      expect(await reports.begin({ ...key, dispatchId: waiting.dispatchId })).toBeUndefined();
      expect(await report(waiting.dispatchId, 0)).toBe(false);
      expect((await workspaces.useOf(key)).usage).toBeUndefined();
      expect(await reports.begin({ ...key, dispatchId: holder.dispatchId })).toMatchObject({ generation: 1 });
      expect(await report(holder.dispatchId, 1)).toBe(true);
      expect((await workspaces.useOf(key)).usage).toEqual(USAGE);
      await workspaces.touch({ ...key, lastUsedAt: LATER, expiresAt: LATEST });
      await moved(dispatches.move({ ...holder, move: ending('COMPLETED') }));
      expect(await report(holder.dispatchId, 1, { ...USAGE, sizeBytes: 1 })).toBe(false);
      expect((await workspaces.useOf(key)).usage).toEqual(USAGE);
      await dispatches.admit({ ...waiting, at: LATER, limits: AMPLE });
      await moved(dispatches.move({ ...waiting, move: CLAIMED }));
      expect(await reports.begin({ ...key, dispatchId: waiting.dispatchId })).toMatchObject({
        generation: 2,
      });
      expect(await report(waiting.dispatchId, 2, { ...USAGE, sizeBytes: 1 })).toBe(true);
      expect((await workspaces.useOf(key)).usage).toEqual({ ...USAGE, sizeBytes: 1 });
    });

    it('counts its generations, and knows which has the volume and which is in an archive', async () => {
      const { workspaces, dispatches, reports, key, spec } = await start();
      const { dispatchId } = await running(dispatches, spec);
      const hold = { ...key, dispatchId };
      const archive = { sizeBytes: 9, archivedAt: LATER, sha256: 'a'.repeat(64) };
      expect(await reports.begin(hold)).toMatchObject({ generation: 1, volumeGeneration: 0 });
      expect(await reports.occupy({ ...hold, generation: 1 })).toBe(true);
      expect(await reports.report({ ...hold, generation: 1, usage: USAGE, archive })).toBe(true);
      expect(await reports.begin(hold)).toEqual(
        expect.objectContaining({
          generation: 2,
          volumeGeneration: 1,
          archive: { ...archive, generation: 1 },
        }),
      );
      // Whoever was given up, and comes back late.
      const late = { ...hold, generation: 1 };
      expect(await reports.occupy(late)).toBe(false);
      expect(await reports.report({ ...late, usage: USAGE, archive: { ...archive, sizeBytes: 1 } })).toBe(
        false,
      );
      expect(await reports.occupy({ ...hold, generation: 2 })).toBe(true);
      expect(await reports.report({ ...hold, generation: 2, usage: USAGE })).toBe(true);
      expect(await workspaces.useOf(key)).toMatchObject({
        generation: 2,
        volumeGeneration: 2,
        archive: { ...archive, generation: 1 },
      });
    });

    it('gives each of many that begin at once a generation of its own', async () => {
      const { dispatches, reports, key, spec } = await start();
      const { dispatchId } = await running(dispatches, spec);
      const begun = await Promise.all(Array.from({ length: 8 }, () => reports.begin({ ...key, dispatchId })));
      const generations = begun.map((each) => each?.generation ?? 0);
      expect(generations.toSorted((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    });
  });

  describe('a workspace that is retired', () => {
    it('says since when, is listed as expired, and is not touched any more', async () => {
      const { workspaces, record, key } = await start();
      const retired = { outcome: 'retired', record: { ...record, deletedAt: LATER, expiresAt: LATER } };
      expect(await workspaces.retire({ ...key, at: LATER })).toEqual(retired);
      expect(await workspaces.retire({ ...key, at: LATEST })).toEqual(retired);
      expect(await workspaces.get(key)).toEqual(retired.record);
      expect(await workspaces.listExpired({ now: LATEST })).toEqual([retired.record]);
      expect(await workspaces.touch({ ...key, lastUsedAt: LATEST, expiresAt: LATEST })).toBe(false);
      expect(await workspaces.get(key)).toEqual(retired.record);
    });

    it('gets no dispatch, whether there is room or not', async () => {
      const { workspaces, dispatches, key, spec } = await start();
      await workspaces.retire({ ...key, at: LATER });
      const none = { perAgent: 0, perTenant: 0 };
      for (const limits of [AMPLE, none])
        expect(await dispatches.create(creation(spec, { limits }))).toEqual({ outcome: 'workspace_gone' });
      expect((await dispatches.list({ tenantId: 'acme', limit: 10 })).records).toEqual([]);
      const slots = await dispatches.slotUsage({ tenantIds: ['acme'] });
      expect([slots.byAgent, slots.byTenant]).toEqual([{}, {}]);
      expect(await dispatches.countQueued({ tenantId: 'acme' })).toEqual({});
    });

    it('still answers a repeat of what was accepted before', async () => {
      const { workspaces, dispatches, key, spec } = await start();
      const request = { idempotency: idempotency('k') };
      const first = await created(dispatches.create(creation(spec, request)));
      await moved(dispatches.move({ ...first, move: ending('CANCELLED') }));
      await workspaces.retire({ ...key, at: LATER });
      const repeat = await dispatches.create(creation(spec, request));
      expect(repeat).toMatchObject({ outcome: 'replayed', record: { dispatchId: first.dispatchId } });
    });

    it('is none that a dispatch has or waits for', async () => {
      const { workspaces, dispatches, key, spec } = await start();
      const holder = await created(dispatches.create(creation(spec)));
      const waiting = await created(dispatches.create(creation(spec)));
      expect(await workspaces.retire({ ...key, at: LATER })).toEqual({ outcome: 'in_use' });
      await moved(dispatches.move({ ...holder, move: ending('CANCELLED') }));
      expect(await workspaces.retire({ ...key, at: LATER })).toEqual({ outcome: 'in_use' });
      expect((await workspaces.get(key))?.deletedAt).toBeUndefined();
      await moved(dispatches.move({ ...waiting, move: ending('CANCELLED') }));
      expect(await workspaces.retire({ ...key, at: LATER })).toMatchObject({ outcome: 'retired' });
    });

    it('is none of another tenant, nor one that is not there', async () => {
      const { workspaces, key } = await start();
      for (const other of [
        { ...key, tenantId: 'globex' },
        { ...key, workspaceId: randomUUID() },
      ])
        expect(await workspaces.retire({ ...other, at: LATER })).toEqual({ outcome: 'missing' });
      expect((await workspaces.get(key))?.deletedAt).toBeUndefined();
    });

    it('and a dispatch to it: of the two at once exactly one wins, each time', async () => {
      const { workspaces, dispatches } = await subjectOf(harness);
      const race = async (): Promise<string[]> => {
        const record = workspaceRecord();
        const { tenantId, workspaceId } = record;
        await workspaces.put(record);
        const [made, retired] = await Promise.all([
          dispatches.create(creation({ workspaceId, workspaceMode: 'persistent' })),
          workspaces.retire({ tenantId, workspaceId, at: TEST_AT }),
        ]);
        return [made.outcome, retired.outcome];
      };
      for (const pair of await Promise.all(Array.from({ length: 12 }, race)))
        expect([
          ['created', 'in_use'],
          ['workspace_gone', 'retired'],
        ]).toContainEqual(pair);
    });

    it('is forgotten in the end, with its use', async () => {
      const { workspaces, dispatches, reports, key, spec } = await start();
      const holder = await running(dispatches, spec);
      const { dispatchId } = holder;
      await reports.begin({ ...key, dispatchId });
      await reports.report({ ...key, dispatchId, generation: 1, usage: USAGE });
      await moved(dispatches.move({ ...holder, move: ending('COMPLETED') }));
      await workspaces.retire({ ...key, at: LATER });
      await workspaces.delete(key);
      await workspaces.delete(key);
      expect(await workspaces.get(key)).toBeUndefined();
      expect((await workspaces.useOf(key)).usage).toBeUndefined();
      expect(await workspaces.listExpired({ now: LATEST })).toEqual([]);
    });
  });
}

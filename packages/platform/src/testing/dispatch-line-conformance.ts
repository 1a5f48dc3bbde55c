import type { DispatchRecord } from '@outpost/contracts';
import { randomUUID } from 'node:crypto';
import { describe, expect } from 'vitest';
import { created, moved, queued, storeFor, type DispatchStoreSubject } from './dispatch-store-subject.js';
import { AMPLE, creation, ending, newDispatchId } from './fixtures.js';
import { atOnce, subjectOf, type Harness } from './harness.js';
import type { SuiteIt } from './left-out.js';

const LATER = '2026-11-23T12:05:00.000Z';

export function describeLines(harness: Harness<DispatchStoreSubject>, it: SuiteIt): void {
  describe('queueHeads', () => {
    it('answers the oldest of each tenant and agent, oldest first', async () => {
      const { stores } = await subjectOf(harness);
      const oldest = await queued(stores[0], { tenantId: 'globex' });
      const ours = await queued(stores[0]);
      await queued(stores[0]);
      await queued(stores[0], { tenantId: 'globex' });
      const ourCodex = await queued(stores[0], { agent: 'codex' });
      expect(await stores[1].queueHeads({ perLine: 1 })).toEqual([oldest, ours, ourCodex].map(headOf));
    });

    it('answers as many of each line as were asked for, oldest first', async () => {
      const { stores } = await subjectOf(harness);
      const records: DispatchRecord[] = [];
      for (const tenantId of ['globex', 'acme', 'acme', 'globex', 'acme', 'acme', 'initech'])
        records.push(await queued(stores[0], { tenantId }));
      const heads = (perLine: number) => stores[1].queueHeads({ perLine });
      const expected = (...places: number[]) => places.map((place) => headOf(records[place]!));
      expect(await heads(1)).toEqual(expected(0, 1, 6));
      expect(await heads(2)).toEqual(expected(0, 1, 2, 3, 6));
      expect(await heads(3)).toEqual(expected(0, 1, 2, 3, 4, 6));
      expect(await heads(100)).toEqual(records.map(headOf));
    });

    it('goes by the id, whoever came first', async () => {
      const { stores } = await subjectOf(harness);
      const [first, second] = [newDispatchId(), newDispatchId()];
      const late = await queued(stores[0], { dispatchId: second });
      const early = await queued(stores[0], { dispatchId: first });
      expect(await stores[1].queueHeads({ perLine: 2 })).toEqual([early, late].map(headOf));
      expect(await stores[1].queueHeads({ perLine: 1 })).toEqual([early].map(headOf));
    });

    it('knows only what waits', async () => {
      const { stores } = await subjectOf(harness);
      const first = await queued(stores[0]);
      const second = await queued(stores[0]);
      await created(stores[0].create(creation({ tenantId: 'globex' })));
      await moved(stores[0].move({ ...first, move: ending('CANCELLED') }));
      expect(await stores[1].queueHeads({ perLine: 9 })).toEqual([headOf(second)]);
      await stores[0].admit({ ...second, at: LATER, limits: AMPLE });
      expect(await stores[1].queueHeads({ perLine: 9 })).toEqual([]);
    });
  });

  describe('those that wait for one workspace', () => {
    it('are passed over while it is held, and others come up', async () => {
      const { stores } = await subjectOf(harness);
      const workspace = newWorkspace();
      const holder = await created(stores[0].create(creation(workspace)));
      const waiting = await queued(stores[0], workspace);
      const next = await queued(stores[0]);
      const last = await queued(stores[0]);
      expect(await stores[1].queueHeads({ perLine: 1 })).toEqual([headOf(next)]);
      expect(await stores[1].queueHeads({ perLine: 2 })).toEqual([next, last].map(headOf));
      await moved(stores[0].move({ ...holder, move: ending('CANCELLED') }));
      expect(await stores[1].queueHeads({ perLine: 1 })).toEqual([headOf(waiting)]);
      expect(await stores[1].queueHeads({ perLine: 9 })).toEqual([waiting, next, last].map(headOf));
    });

    it('come up one at a time, in their order, also across agents', async () => {
      const { stores } = await subjectOf(harness);
      const workspace = newWorkspace();
      const first = await queued(stores[0], workspace);
      await queued(stores[0], { ...workspace, agent: 'codex' });
      await queued(stores[0], workspace);
      const foreign = await queued(stores[0], { ...workspace, tenantId: 'globex', agent: 'codex' });
      expect(await stores[1].queueHeads({ perLine: 9 })).toEqual([first, foreign].map(headOf));
    });

    it('come up when the first of them was started and has ended', async () => {
      const { stores } = await subjectOf(harness);
      const { waiting, heads } = await threeWaiting(stores);
      for (const record of waiting) {
        expect(await heads()).toEqual([headOf(record)]);
        await moved(admitting(stores[0], record));
        expect(await heads()).toEqual([]);
        await moved(stores[1].move({ ...record, move: ending('FAILED') }));
      }
      expect(await heads()).toEqual([]);
    });

    it('come up when the first of them is cancelled', async () => {
      const { stores } = await subjectOf(harness);
      const { waiting, heads } = await threeWaiting(stores);
      for (const record of waiting) {
        expect(await heads()).toEqual([headOf(record)]);
        await moved(stores[0].move({ ...record, move: ending('CANCELLED') }));
      }
      expect(await heads()).toEqual([]);
    });

    it('keep their order when one in the middle or the last is cancelled', async () => {
      const { stores } = await subjectOf(harness);
      const { waiting, heads } = await threeWaiting(stores);
      const [first, middle, last] = waiting;
      await moved(stores[0].move({ ...middle, move: ending('CANCELLED') }));
      expect(await heads()).toEqual([headOf(first)]);
      await moved(stores[1].move({ ...first, move: ending('CANCELLED') }));
      expect(await heads()).toEqual([headOf(last)]);
      await moved(stores[0].move({ ...last, move: ending('CANCELLED') }));
      const newcomer = await queued(stores[0], {
        workspaceId: last.workspaceId,
        workspaceMode: 'persistent',
      });
      expect(await heads()).toEqual([headOf(newcomer)]);
    });

    it('all come up once, whoever leaves at the same time', async () => {
      const { stores } = await subjectOf(harness);
      const workspace = newWorkspace();
      const waiting = await atOnce(12, (index) => queued(storeFor(stores, index), workspace));
      const leaving = waiting.filter((_, index) => index % 2 === 0);
      await Promise.all(
        leaving.map((record, index) =>
          moved(storeFor(stores, index).move({ ...record, move: ending('CANCELLED') })),
        ),
      );
      const started: string[] = [];
      for (let round = 0; round < 6; round += 1) {
        const heads = await stores[1].queueHeads({ perLine: 9 });
        expect(heads).toHaveLength(1);
        await moved(admitting(stores[0], heads[0]!));
        await moved(stores[1].move({ ...heads[0]!, move: ending('FAILED') }));
        started.push(heads[0]!.dispatchId);
      }
      const staying = waiting.filter((_, index) => index % 2 === 1).map(({ dispatchId }) => dispatchId);
      expect(started.toSorted()).toEqual(staying.toSorted());
      expect(await stores[1].queueHeads({ perLine: 9 })).toEqual([]);
    });
  });
}

type Stores = DispatchStoreSubject['stores'];

async function threeWaiting(stores: Stores): Promise<{
  readonly waiting: readonly [DispatchRecord, DispatchRecord, DispatchRecord];
  readonly heads: () => Promise<unknown>;
}> {
  const workspace = newWorkspace();
  const wait = (agent: DispatchRecord['agent']) => queued(stores[0], { ...workspace, agent });
  const waiting = [await wait('claude'), await wait('codex'), await wait('claude')] as const;
  return { waiting, heads: () => stores[1].queueHeads({ perLine: 9 }) };
}

function newWorkspace(): Pick<DispatchRecord, 'workspaceId' | 'workspaceMode'> {
  return { workspaceId: randomUUID(), workspaceMode: 'persistent' };
}

/** An admission that has to succeed. */
async function admitting(
  store: Stores[0],
  { tenantId, dispatchId }: Pick<DispatchRecord, 'tenantId' | 'dispatchId'>,
): Promise<Exclude<Awaited<ReturnType<Stores[0]['admit']>>, { outcome: 'full' }>> {
  const result = await store.admit({ tenantId, dispatchId, at: LATER, limits: AMPLE });
  if (result.outcome === 'full') throw new Error('There is room.');
  return result;
}

function headOf({
  tenantId,
  dispatchId,
  agent,
}: DispatchRecord): Pick<DispatchRecord, 'tenantId' | 'dispatchId' | 'agent'> {
  return { tenantId, dispatchId, agent };
}

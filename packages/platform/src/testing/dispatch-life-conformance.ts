import { DispatchRecordSchema, lifecycleEventOf, type TerminalStatus } from '@outpost/contracts';
import { describe, expect } from 'vitest';
import type { Annotation } from '../ports/index.js';
import { created, moved, running, storeFor, type DispatchStoreSubject } from './dispatch-store-subject.js';
import { CLAIMED, costEvent, creation, ending, newDispatchId, TEST_AT } from './fixtures.js';
import { atOnce, subjectOf, type Harness } from './harness.js';
import type { SuiteIt } from './left-out.js';
import { costsIn, eventsIn } from './outbox-events.js';

const ENDS: readonly TerminalStatus[] = ['COMPLETED', 'FAILED', 'TIMEOUT', 'CANCELLED'];
const LATER = '2026-11-23T12:05:00.000Z';

export function describeLife(harness: Harness<DispatchStoreSubject>, it: SuiteIt): void {
  describe('getMany', () => {
    it('answers those that there are, each as `get` does', async () => {
      const { stores } = await subjectOf(harness);
      expect(await stores[0].getMany([])).toEqual([]);
      const records = [await running(stores[0]), await running(stores[0], { tenantId: 'globex' })];
      const { tenantId, dispatchId } = await running(stores[0]);
      const asked = [
        ...records,
        { tenantId, dispatchId: newDispatchId() },
        { tenantId: 'globex', dispatchId },
      ];
      const found = await stores[1].getMany(asked);
      expect(found.toSorted((a, b) => (a.dispatchId < b.dispatchId ? -1 : 1))).toEqual(
        records.toSorted((a, b) => (a.dispatchId < b.dispatchId ? -1 : 1)),
      );
      const many = Array.from({ length: 150 }, () => ({ tenantId, dispatchId: newDispatchId() }));
      expect(await stores[0].getMany([...many, { tenantId, dispatchId }])).toMatchObject([{ dispatchId }]);
    });
  });

  describe('move', () => {
    it('takes a dispatch to its end, and lets go of what belongs to earlier states', async () => {
      const { stores } = await subjectOf(harness);
      const { tenantId, dispatchId, ...spec } = creation().spec;
      await stores[0].create(creation({ ...spec, tenantId, dispatchId }));
      const started = await moved(stores[0].move({ tenantId, dispatchId, move: CLAIMED }));
      expect(started).toMatchObject({ status: 'RUNNING', startedAt: TEST_AT, stage: 'claim', attempt: 1 });
      const outcome = { output: 'Done.', timings: { run: 1_200 }, completedAt: LATER } as const;
      const ended = await moved(stores[1].move({ tenantId, dispatchId, move: ending('COMPLETED', outcome) }));
      const expected = {
        ...spec,
        tenantId,
        dispatchId,
        status: 'COMPLETED',
        pendingAt: TEST_AT,
        attempt: 1,
        taskArn: CLAIMED.taskArn,
        startedAt: TEST_AT,
      };
      expect(ended).toEqual({ ...expected, ...outcome, exitCode: 0, errorMessage: null });
      expect(await stores[0].get({ tenantId, dispatchId })).toEqual(ended);
      expect(DispatchRecordSchema.parse(ended)).toEqual(ended);
    });

    it.each(ENDS)('never leaves %s, and answers what stands', async (status) => {
      const { stores } = await subjectOf(harness);
      const ended = await moved(stores[0].move({ ...(await running(stores[0])), move: ending(status) }));
      for (const move of [CLAIMED, ...ENDS.map((end) => ending(end, { completedAt: LATER }))]) {
        expect(await stores[1].move({ ...ended, move })).toEqual({ outcome: 'refused', record: ended });
      }
      expect(await stores[1].admit({ ...ended, at: TEST_AT, limits: { perAgent: 9, perTenant: 9 } })).toEqual(
        {
          outcome: 'refused',
          record: ended,
        },
      );
    });

    it('refuses what the state machine does not know', async () => {
      const { stores } = await subjectOf(harness);
      const queued = await created(stores[0].create(creation({}, { limits: { perAgent: 0, perTenant: 9 } })));
      for (const move of [CLAIMED, ending('COMPLETED'), ending('TIMEOUT')]) {
        expect(await stores[0].move({ ...queued, move })).toEqual({ outcome: 'refused', record: queued });
      }
    });

    it('refuses a legal move from a state that was not meant', async () => {
      const { stores } = await subjectOf(harness);
      const record = await running(stores[0]);
      const params = { ...record, move: ending('FAILED'), event: costEvent(record, 'FAILED') };
      expect(await stores[0].move({ ...params, during: ['PENDING', 'QUEUED'] })).toEqual({
        outcome: 'refused',
        record,
      });
      expect(await stores[0].move({ ...params, during: ['RUNNING'] })).toMatchObject({ outcome: 'moved' });
    });

    it("has one winner among fifty cancellations and a completion, and one event: the winner's", async () => {
      const { stores, outbox } = await subjectOf(harness);
      const record = await running(stores[0]);
      const results = await atOnce(51, (index) => {
        const to = index === 25 ? 'COMPLETED' : 'CANCELLED';
        return storeFor(stores, index).move({ ...record, move: ending(to), event: costEvent(record, to) });
      });
      const winners = results.filter(({ outcome }) => outcome === 'moved');
      expect(winners).toHaveLength(1);
      const final = await stores[1].get(record);
      for (const result of results) expect(result).toMatchObject({ record: final });
      expect(await costsIn(outbox)).toEqual([costEvent(record, final?.status as TerminalStatus)]);
      const told = (await eventsIn(outbox)).map(({ type, status }) => `${type} ${status}`);
      expect(told.filter((each) => each.endsWith(String(final?.status)))).toHaveLength(2);
    });

    it('puts no event out for a move that was refused', async () => {
      const { stores, outbox } = await subjectOf(harness);
      const record = await created(stores[0].create(creation()));
      await stores[0].move({ ...record, move: ending('COMPLETED'), event: costEvent(record) });
      expect(await eventsIn(outbox)).toEqual([lifecycleEventOf(record)]);
    });

    it('frees the slots with the end', async () => {
      const { stores } = await subjectOf(harness);
      const slots = async () => {
        const { byAgent, byTenant } = await stores[1].slotUsage({ tenantIds: ['acme', 'globex'] });
        return { byAgent, byTenant };
      };
      for (const status of ENDS) {
        const record = await running(stores[0]);
        expect(await slots()).toEqual({ byAgent: { claude: 1 }, byTenant: { acme: 1 } });
        await moved(stores[0].move({ ...record, move: ending(status) }));
        expect(await slots()).toEqual({ byAgent: {}, byTenant: {} });
      }
    });
  });

  describe('annotate', () => {
    it('writes the fields, and keeps the rest', async () => {
      const { stores } = await subjectOf(harness);
      const pending = await created(stores[0].create(creation()));
      const launched = await annotate(stores[0], pending, { taskArn: CLAIMED.taskArn, workerId: 'warm-1' });
      expect(launched).toEqual({
        outcome: 'moved',
        record: { ...pending, taskArn: CLAIMED.taskArn, workerId: 'warm-1' },
      });
      await stores[0].move({ ...pending, move: CLAIMED });
      const beating = await annotate(stores[1], pending, { heartbeatAt: LATER, stage: 'run' });
      expect(beating).toMatchObject({
        record: {
          status: 'RUNNING',
          taskArn: CLAIMED.taskArn,
          heartbeatAt: LATER,
          stage: 'run',
          startedAt: TEST_AT,
        },
      });
      expect(await stores[0].get(pending)).toEqual('record' in beating ? beating.record : undefined);
    });

    it('is refused in any state that was not named', async () => {
      const { stores } = await subjectOf(harness);
      const record = await running(stores[0]);
      const refused = await stores[0].annotate({
        ...record,
        during: ['PENDING'],
        set: { taskArn: CLAIMED.taskArn },
      });
      expect(refused).toEqual({ outcome: 'refused', record });
      expect(await stores[0].get(record)).toEqual(record);
    });

    it('keeps the first request to cancel', async () => {
      const { stores } = await subjectOf(harness);
      const record = await running(stores[0]);
      const results = await atOnce(50, (index) =>
        annotate(storeFor(stores, index), record, {
          cancelRequestedAt: `2026-11-23T12:00:00.${String(index).padStart(3, '0')}Z`,
        }),
      );
      const times = results.map((result) =>
        result.outcome === 'moved' ? cancelTime(result.record) : undefined,
      );
      const final = cancelTime(await stores[1].get(record));
      expect(final).toMatch(/^2026/);
      expect(new Set(times)).toEqual(new Set([final]));
    });

    it('lets a dispatch with a request to cancel end in nothing but CANCELLED', async () => {
      const { stores } = await subjectOf(harness);
      const record = await running(stores[0]);
      await annotate(stores[0], record, { cancelRequestedAt: LATER });
      for (const status of ENDS.filter((end) => end !== 'CANCELLED')) {
        const refused = await stores[1].move({
          ...record,
          move: ending(status),
          event: costEvent(record, status),
        });
        expect(refused).toMatchObject({ outcome: 'refused', record: { cancelRequestedAt: LATER } });
      }
      expect(await stores[1].move({ ...record, move: ending('CANCELLED') })).toMatchObject({
        outcome: 'moved',
        record: { status: 'CANCELLED', cancelRequestedAt: LATER },
      });
    });

    it('never acknowledges a cancellation of what then completes', async () => {
      const { stores } = await subjectOf(harness);
      for (let round = 0; round < 20; round += 1) {
        const record = await running(stores[0]);
        const [cancelled, completed] = await Promise.all([
          annotate(storeFor(stores, round), record, { cancelRequestedAt: LATER }, ['RUNNING']),
          storeFor(stores, round + 1).move({ ...record, move: ending('COMPLETED') }),
        ]);
        expect([cancelled.outcome, completed.outcome].toSorted()).toEqual(['moved', 'refused']);
      }
    });
  });

  describe('a dispatch of another tenant', () => {
    it('is not there', async () => {
      const { stores } = await subjectOf(harness);
      const record = await running(stores[0]);
      const foreign = { tenantId: 'globex', dispatchId: record.dispatchId };
      const unknown = { tenantId: 'acme', dispatchId: newDispatchId() };
      for (const key of [foreign, unknown]) {
        expect(await stores[0].get(key)).toBeUndefined();
        expect(await stores[0].move({ ...key, move: ending('CANCELLED') })).toEqual({ outcome: 'missing' });
        const limits = { perAgent: 9, perTenant: 9 };
        expect(await stores[0].admit({ ...key, at: TEST_AT, limits })).toEqual({ outcome: 'missing' });
        expect(await annotate(stores[0], key, { heartbeatAt: LATER })).toEqual({ outcome: 'missing' });
      }
      expect(await stores[0].get(record)).toEqual(record);
    });
  });
}

type Store = DispatchStoreSubject['stores'][0];

function annotate(
  store: Store,
  { tenantId, dispatchId }: { readonly tenantId: string; readonly dispatchId: string },
  set: Annotation,
  during: Parameters<Store['annotate']>[0]['during'] = ['PENDING', 'RUNNING'],
): ReturnType<Store['annotate']> {
  return store.annotate({ tenantId, dispatchId, during, set });
}

function cancelTime(record: Awaited<ReturnType<Store['get']>>): string | undefined {
  return record?.status === 'RUNNING' ? record.cancelRequestedAt : undefined;
}

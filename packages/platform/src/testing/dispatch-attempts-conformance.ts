import {
  DispatchRecordSchema,
  failure,
  nextAttempt,
  type DispatchRecord,
  type FailureClass,
  type Relaunch,
} from '@outpost/contracts';
import { describe, expect } from 'vitest';
import {
  created,
  moved,
  queued,
  running,
  storeFor,
  type DispatchStoreSubject,
} from './dispatch-store-subject.js';
import { CLAIMED, creation, ending, newDispatchId, TEST_AT } from './fixtures.js';
import { atOnce, subjectOf, type Harness } from './harness.js';
import type { SuiteIt } from './left-out.js';

const LATER = '2026-11-23T12:05:00.000Z';

export function describeAttempts(harness: Harness<DispatchStoreSubject>, it: SuiteIt): void {
  describe('a relaunch', () => {
    it('takes a dispatch that no worker took to its next attempt', async () => {
      const { stores } = await subjectOf(harness);
      const { taskArn } = CLAIMED;
      const spec = creation().spec;
      await created(stores[0].create(creation(spec)));
      const set = { taskArn, workerId: 'warm-1' };
      const given = await moved(stores[0].annotate({ ...spec, during: ['PENDING'], set }));
      const again = await moved(stores[1].move({ ...spec, move: relaunchOf(given) }));
      const failed = { attempt: 1, tier: spec.tier, taskArn, pendingAt: TEST_AT, endedAt: LATER };
      const attempts = [{ ...failed, failure: failure('launch_failed', 'It went.') }];
      expect(again).toEqual({ ...spec, status: 'PENDING', pendingAt: LATER, attempt: 2, attempts });
      expect(await stores[0].get(spec)).toEqual(again);
      expect(DispatchRecordSchema.parse(again)).toEqual(again);
    });

    it('takes one that ran to a larger tier, and leaves behind what belonged to the last attempt', async () => {
      const { stores } = await subjectOf(harness);
      const { spec } = creation({ tier: 'fast' });
      const record = await running(stores[0], spec);
      const set = { workerId: 'warm-1', stage: 'run', timings: { clone: 7 } } as const;
      const worked = await moved(stores[0].annotate({ ...record, during: ['RUNNING'], set }));
      const again = await moved(stores[1].move({ ...record, move: relaunchOf(worked, 'out_of_memory') }));
      const { attempts } = relaunchOf(worked, 'out_of_memory');
      const pending = { status: 'PENDING', pendingAt: LATER, attempt: 2, attempts };
      expect(again).toEqual({ ...spec, tier: 'balanced', ...pending });
      expect(attempts).toMatchObject([{ attempt: 1, tier: 'fast', startedAt: TEST_AT }]);
      const claim = { ...CLAIMED, startedAt: LATER, taskArn: 'outpost:test:task/2' };
      const second = await moved(stores[0].move({ ...record, move: claim }));
      const ended = await moved(stores[0].move({ ...record, move: ending('COMPLETED') }));
      for (const written of [second, ended]) {
        expect(written).toMatchObject({ attempt: 2, attempts, startedAt: LATER, tier: 'balanced' });
        expect(written).not.toHaveProperty('workerId');
        expect(DispatchRecordSchema.parse(written)).toEqual(written);
      }
    });

    it('keeps the slots', async () => {
      const { stores } = await subjectOf(harness);
      const limits = { perAgent: 1, perTenant: 1 };
      const holder = await running(stores[0], { tier: 'fast' });
      const waiting = await created(stores[0].create(creation({}, { limits })));
      expect(waiting.status).toBe('QUEUED');
      for (const reason of ['out_of_memory', 'launch_failed'] as const) {
        const last = (await stores[0].get(holder))!;
        await moved(stores[0].move({ ...holder, move: relaunchOf(last, reason) }));
        expect(await stores[1].slotUsage({ tenantIds: ['acme'] })).toMatchObject({
          byAgent: { claude: 1 },
          byTenant: { acme: 1 },
        });
        expect(await stores[1].admit({ ...waiting, at: LATER, limits })).toEqual({ outcome: 'full' });
      }
      await moved(stores[0].move({ ...holder, move: ending('FAILED') }));
      expect(await stores[1].admit({ ...waiting, at: LATER, limits })).toMatchObject({
        outcome: 'moved',
      });
    });

    it('is refused to one that is to be cancelled, that waits, or that has ended', async () => {
      const { stores } = await subjectOf(harness);
      const cancelled = await running(stores[0], { tier: 'fast' });
      const relaunch = relaunchOf(cancelled, 'out_of_memory');
      const set = { cancelRequestedAt: LATER };
      await moved(stores[0].annotate({ ...cancelled, during: ['RUNNING'], set }));
      const ended = await running(stores[0]);
      await moved(stores[0].move({ ...ended, move: ending('FAILED') }));
      const waiting = await queued(stores[0], { agent: 'codex' });
      for (const key of [cancelled, ended, waiting]) {
        const standing = await stores[1].get(key);
        const result = await stores[1].move({ ...key, move: relaunch });
        expect(result).toEqual({ outcome: 'refused', record: standing });
      }
    });

    it('happens once, of many at once that were decided on the same attempt', async () => {
      const { stores } = await subjectOf(harness);
      const record = await created(stores[0].create(creation()));
      const move = relaunchOf(record);
      const results = await atOnce(20, (index) =>
        storeFor(stores, index).move({ ...record, move, fence: { attempt: 1 } }),
      );
      expect(results.filter(({ outcome }) => outcome === 'moved')).toHaveLength(1);
      expect(results.filter(({ outcome }) => outcome === 'refused')).toHaveLength(19);
      expect(await stores[1].get(record)).toMatchObject({ attempt: 2, attempts: [{ attempt: 1 }] });
    });
  });

  describe('a fence', () => {
    it.each([
      ['another task', { taskArn: 'outpost:test:task/other' }],
      ['another attempt', { attempt: 2 }],
      ['another attempt of this task', { taskArn: CLAIMED.taskArn, attempt: 2 }],
      ['another task of this attempt', { taskArn: 'outpost:test:task/other', attempt: 1 }],
    ])('refuses what was meant for %s', async (_, fence) => {
      const { stores } = await subjectOf(harness);
      const record = await running(stores[0], { tier: 'fast' });
      const { tenantId, dispatchId } = record;
      const key = { tenantId, dispatchId };
      const refused = { outcome: 'refused', record };
      const set = { heartbeatAt: LATER };
      expect(await stores[0].annotate({ ...key, fence, during: ['RUNNING'], set })).toEqual(refused);
      for (const move of [ending('COMPLETED'), relaunchOf(record, 'out_of_memory')]) {
        expect(await stores[1].move({ ...key, fence, move })).toEqual(refused);
      }
      expect(await stores[1].get(key)).toEqual(record);
    });

    it('refuses a claim of a task that was given up', async () => {
      const { stores } = await subjectOf(harness);
      const record = await created(stores[0].create(creation()));
      const again = await moved(stores[0].move({ ...record, move: relaunchOf(record) }));
      for (const fence of [{ attempt: 1 }, { taskArn: CLAIMED.taskArn }]) {
        const claim = { ...record, fence, move: CLAIMED };
        expect(await stores[1].move(claim)).toEqual({ outcome: 'refused', record: again });
      }
      const claim = { ...record, fence: { attempt: 2 }, move: CLAIMED };
      expect(await stores[1].move(claim)).toMatchObject({ outcome: 'moved' });
    });

    it('lets through what was meant for this task and attempt', async () => {
      const { stores } = await subjectOf(harness);
      const record = await running(stores[0]);
      const fences = [
        { attempt: 1 },
        { taskArn: CLAIMED.taskArn },
        { attempt: 1, taskArn: CLAIMED.taskArn },
        {},
      ];
      for (const fence of fences) {
        const beat = { ...record, fence, during: ['RUNNING'], set: { heartbeatAt: LATER } } as const;
        expect(await stores[0].annotate(beat)).toMatchObject({ outcome: 'moved' });
      }
      const end = { ...record, fence: fences[2]!, move: ending('COMPLETED') };
      expect(await stores[1].move(end)).toMatchObject({ outcome: 'moved', record: { status: 'COMPLETED' } });
    });

    it('refuses whatever is meant for a task while the dispatch is with none', async () => {
      const { stores } = await subjectOf(harness);
      const pending = await created(stores[0].create(creation()));
      const waiting = await queued(stores[0], { agent: 'codex' });
      const { taskArn } = CLAIMED;
      for (const [record, fence] of [
        [pending, { taskArn }],
        [waiting, { taskArn }],
        [waiting, { attempt: 1 }],
      ] as const) {
        const end = { ...record, fence, move: ending('CANCELLED') };
        expect(await stores[1].move(end)).toEqual({ outcome: 'refused', record });
        const during = ['PENDING', 'QUEUED'] as const;
        const note = { ...record, fence, during, set: { heartbeatAt: LATER } };
        expect(await stores[1].annotate(note)).toEqual({ outcome: 'refused', record });
      }
    });

    it('keeps what a launcher or a worker of an earlier attempt writes late out of the next', async () => {
      const { stores } = await subjectOf(harness);
      const first = await running(stores[0], { tier: 'fast' });
      const { tenantId, dispatchId } = first;
      const key = { tenantId, dispatchId };
      await moved(stores[0].move({ ...key, move: relaunchOf(first, 'out_of_memory') }));
      const again = await moved(
        stores[0].move({ ...key, move: { ...CLAIMED, taskArn: 'outpost:test:task/2' } }),
      );
      const refused = { outcome: 'refused', record: again };
      const during = ['PENDING', 'RUNNING'] as const;
      const { taskArn } = CLAIMED;
      const launcher = { ...key, during, fence: { attempt: 1 }, set: { taskArn } };
      expect(await stores[1].annotate(launcher)).toEqual(refused);
      const beat = {
        ...key,
        during,
        fence: { taskArn },
        set: { heartbeatAt: LATER, stage: 'upload' },
      } as const;
      expect(await stores[1].annotate(beat)).toEqual(refused);
      expect(await stores[1].move({ ...key, fence: { taskArn }, move: ending('FAILED') })).toEqual(refused);
      expect(await stores[0].get(key)).toEqual(again);
    });

    it('says of a dispatch that is not there that it is not there', async () => {
      const { stores } = await subjectOf(harness);
      const key = { tenantId: 'acme', dispatchId: newDispatchId(), fence: { attempt: 1 } };
      expect(await stores[0].move({ ...key, move: CLAIMED })).toEqual({ outcome: 'missing' });
      const beat = { ...key, during: ['RUNNING'], set: { heartbeatAt: LATER } } as const;
      expect(await stores[0].annotate(beat)).toEqual({ outcome: 'missing' });
    });
  });
}

/** The relaunch of what stands. */
function relaunchOf(record: DispatchRecord, reason: FailureClass = 'launch_failed'): Relaunch {
  const isHeld = record.status === 'PENDING' || record.status === 'RUNNING';
  const move = isHeld ? nextAttempt(record, failure(reason, 'It went.'), LATER) : undefined;
  if (move === undefined) throw new Error(`${record.status} has no attempt to follow.`);
  return move;
}

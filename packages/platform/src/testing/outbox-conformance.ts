import { lifecycleEventOf, type OutpostEvent } from '@outpost/contracts';
import { describe, expect } from 'vitest';
import { PUBLISH_GRACE_MS } from '../ports/index.js';
import { created, moved, running, type DispatchStoreSubject } from './dispatch-store-subject.js';
import { costEvent, creation, ending, TEST_AT } from './fixtures.js';
import { atOnce, subjectOf, type Harness } from './harness.js';
import { itExcept, type LeftOut } from './left-out.js';
import { eventsIn } from './outbox-events.js';
import { TEST_EPOCH_MS } from './settable-clock.js';

const AFTER_GRACE = new Date(TEST_EPOCH_MS + PUBLISH_GRACE_MS).toISOString();
const JUST_BEFORE = new Date(TEST_EPOCH_MS + PUBLISH_GRACE_MS - 1).toISOString();

/** What every outbox must do. What is written into it belongs to the dispatch store. */
export function describeOutboxConformance(
  name: string,
  harness: Harness<DispatchStoreSubject>,
  leftOut?: LeftOut,
): void {
  const it = itExcept(leftOut);
  describe(`Outbox: ${name}`, () => {
    it('answers what is to be handed on, longest due first, up to the limit', async () => {
      const { stores, outbox } = await subjectOf(harness);
      const [first, second] = [await made(stores[0]), await made(stores[1])];
      const third = await made(stores[0], '2026-11-23T12:00:05.000Z');
      const due = async (now: string, limit: number) =>
        (await outbox.due({ now, limit })).map(({ event }) => event);
      expect(await due(AFTER_GRACE, 9)).toEqual([first, second, third]);
      expect(await due(AFTER_GRACE, 2)).toEqual([first, second]);
      expect(await due(TEST_AT, 9)).toEqual([first, second]);
    });

    it('leaves an end to its writer for a while, unless that says that it has published it', async () => {
      const { stores, outbox } = await subjectOf(harness);
      const { end, cost } = await endOne(stores[0], outbox);
      expect(await outbox.due({ now: JUST_BEFORE, limit: 9 })).toEqual([]);
      await atOnce(3, () => outbox.markPublished(end));
      expect(await outbox.due({ now: JUST_BEFORE, limit: 9 })).toEqual([{ event: end, isPublished: true }]);
      expect(await outbox.due({ now: AFTER_GRACE, limit: 9 })).toEqual([
        { event: end, isPublished: true },
        { event: cost, isPublished: false },
      ]);
    });

    it('lets go of what was handed on, as often as it is told', async () => {
      const { stores, outbox } = await subjectOf(harness);
      const { end, cost } = await endOne(stores[0], outbox);
      await atOnce(5, () => outbox.remove(end));
      await outbox.remove(end);
      expect(await eventsIn(outbox)).toEqual([cost]);
    });

    it('does not bring back what is gone', async () => {
      const { stores, outbox } = await subjectOf(harness);
      const { end, cost } = await endOne(stores[0], outbox);
      await outbox.remove(end);
      await outbox.markPublished(end);
      expect(await eventsIn(outbox)).toEqual([cost]);
    });
  });
}

async function made(store: DispatchStoreSubject['stores'][0], at = TEST_AT): Promise<OutpostEvent> {
  return lifecycleEventOf(await created(store.create(creation({ createdAt: at }, { at }))));
}

/** What came before is handed on. */
async function endOne(
  store: DispatchStoreSubject['stores'][0],
  outbox: DispatchStoreSubject['outbox'],
): Promise<{ end: OutpostEvent; cost: OutpostEvent }> {
  const record = await running(store);
  for (const event of await eventsIn(outbox)) await outbox.remove(event);
  const cost = costEvent(record);
  const ended = await moved(store.move({ ...record, move: ending('COMPLETED'), event: cost }));
  return { end: lifecycleEventOf(ended), cost };
}

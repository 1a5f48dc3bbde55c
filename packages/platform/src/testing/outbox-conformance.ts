import { describe, expect } from 'vitest';
import { running, type DispatchStoreSubject } from './dispatch-store-subject.js';
import { costEvent, ending } from './fixtures.js';
import { atOnce, subjectOf, type Harness } from './harness.js';
import { itExcept, type LeftOut } from './left-out.js';
import type { CostEvent } from '@outpost/contracts';

/** What every outbox must do. That it is written with the end of a dispatch belongs to the dispatch store. */
export function describeOutboxConformance(
  name: string,
  harness: Harness<DispatchStoreSubject>,
  leftOut?: LeftOut,
): void {
  const it = itExcept(leftOut);
  describe(`Outbox: ${name}`, () => {
    it('answers what was not delivered, oldest first, up to the limit', async () => {
      const subject = await subjectOf(harness);
      const events = await endMany(subject, 4);
      expect(await subject.outbox.pending({ limit: 3 })).toEqual(events.slice(0, 3));
      expect(await subject.outbox.pending({ limit: 10 })).toEqual(events);
    });

    it('leaves out what occurred at or after a time', async () => {
      const subject = await subjectOf(harness);
      const [event] = await endMany(subject, 1);
      const { occurredAt } = event!;
      const later = new Date(Date.parse(occurredAt) + 1).toISOString();
      expect(await subject.outbox.pending({ limit: 10, before: occurredAt })).toEqual([]);
      expect(await subject.outbox.pending({ limit: 10, before: later })).toEqual([event]);
    });

    it('lets go of what was delivered, as often as it is told', async () => {
      const subject = await subjectOf(harness);
      const [first, second] = await endMany(subject, 2);
      await atOnce(5, () => subject.outbox.markDelivered(first!));
      await subject.outbox.markDelivered(first!);
      expect(await subject.outbox.pending({ limit: 10 })).toEqual([second]);
    });
  });
}

async function endMany({ stores }: DispatchStoreSubject, count: number): Promise<CostEvent[]> {
  const events: CostEvent[] = [];
  for (let index = 0; index < count; index += 1) {
    const record = await running(stores[0]);
    const event = costEvent(record);
    await stores[0].move({ ...record, move: ending('COMPLETED'), event });
    events.push(event);
  }
  return events;
}

import type { OutpostEvent } from '@outpost/contracts';
import { describe, expect } from 'vitest';
import type { EventBus } from '../ports/index.js';
import { looseCostEvent } from './fixtures.js';
import { subjectOf, type Harness } from './harness.js';
import { itExcept, type LeftOut } from './left-out.js';

export interface EventBusSubject {
  readonly events: EventBus;
  /** What a consumer has been given, after it dropped repeats by `eventId`. */
  consumed(): Promise<readonly OutpostEvent[]>;
}

/** What every event bus must do. */
export function describeEventBusConformance(
  name: string,
  harness: Harness<EventBusSubject>,
  leftOut?: LeftOut,
): void {
  const it = itExcept(leftOut);
  describe(`EventBus: ${name}`, () => {
    it('has published what it resolved', async () => {
      const { events, consumed } = await subjectOf(harness);
      const published = [looseCostEvent(), looseCostEvent(), looseCostEvent()];
      for (const event of published) await events.publish(event);
      expect(await consumed()).toEqual(published);
    });

    it('gives a consumer a repeat at most as something to drop', async () => {
      const { events, consumed } = await subjectOf(harness);
      const event = looseCostEvent();
      await Promise.all([events.publish(event), events.publish(event)]);
      await events.publish(event);
      expect(await consumed()).toEqual([event]);
    });
  });
}

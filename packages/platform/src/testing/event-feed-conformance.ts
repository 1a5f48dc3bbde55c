import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { EventBus, EventFeed, FeedListener } from '../ports/index.js';
import { looseCostEvent } from './fixtures.js';

export interface EventFeedSubject {
  readonly feed: EventFeed;
  /** Of a worker. Nothing was published before. */
  readonly events: EventBus;
  cleanup(): Promise<void>;
}

export interface EventFeedHarness {
  create(): Promise<EventFeedSubject>;
  /** Longest wait for a hint, in milliseconds. */
  readonly patienceMs: number;
}

/** What every event feed must do. */
export function describeEventFeedConformance(name: string, harness: EventFeedHarness): void {
  const start = async () => {
    const subject = await harness.create();
    onTestFinished(() => subject.cleanup(), harness.patienceMs);
    const subscribe = () => {
      const listener = vi.fn<FeedListener>();
      const end = subject.feed.subscribe(listener);
      onTestFinished(end);
      return { listener, end };
    };
    return { ...subject, subscribe };
  };
  const untilCalled = (listener: ReturnType<typeof vi.fn>): Promise<void> =>
    vi.waitFor(() => expect(listener).toHaveBeenCalled(), { timeout: harness.patienceMs, interval: 20 });

  describe(`EventFeed: ${name}`, { timeout: harness.patienceMs * 2 }, () => {
    it('tells of each event after a while without any', async () => {
      const { events, subscribe } = await start();
      const { listener } = subscribe();
      for (let event = 0; event < 3; event += 1) {
        listener.mockClear();
        await events.publish(looseCostEvent());
        await untilCalled(listener);
        expect(listener.mock.calls[0]).toHaveLength(1);
      }
    });

    it('names each dispatch that has ended since, once', async () => {
      const { events, subscribe } = await start();
      await events.publish(looseCostEvent());
      const [first, second] = [subscribe(), subscribe()];
      const ended = [looseCostEvent(), looseCostEvent(), looseCostEvent()];
      for (const event of ended) await events.publish(event);
      for (const { listener } of [first, second]) {
        const told = () => listener.mock.calls.flatMap(([ends]) => ends);
        await vi.waitFor(
          () =>
            expect(told()).toEqual(
              expect.arrayContaining(ended.map(({ tenantId, dispatchId }) => ({ tenantId, dispatchId }))),
            ),
          { timeout: harness.patienceMs, interval: 20 },
        );
        const ofThese = told().filter((end) => ended.some(({ dispatchId }) => dispatchId === end.dispatchId));
        expect(ofThese).toHaveLength(ended.length);
      }
    });

    it('tells nobody who does not listen any more, and all others', async () => {
      const { events, subscribe } = await start();
      const [first, second] = [subscribe(), subscribe()];
      await events.publish(looseCostEvent());
      await untilCalled(first.listener);
      await untilCalled(second.listener);
      first.end();
      first.end();
      for (const { listener } of [first, second]) listener.mockClear();
      await events.publish(looseCostEvent());
      await untilCalled(second.listener);
      expect(first.listener).not.toHaveBeenCalled();
    });
  });
}

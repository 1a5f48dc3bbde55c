import type { OutpostEvent } from '@outpost/contracts';
import { deliver, type Clock, type EventBus, type Outbox } from '@outpost/platform';
import type { Logger } from 'pino';

const BATCH = 100;

interface EventPublisherOptions {
  readonly outbox: Outbox;
  readonly events: EventBus;
  readonly clock: Clock;
  /** Whoever ends a dispatch publishes its event at once: one this old was left by a process that died. */
  readonly graceMs: number;
  readonly logger: Logger;
}

/** Takes events from the outbox to the bus, each at least once. */
export class EventPublisher {
  readonly #options: EventPublisherOptions;

  constructor(options: EventPublisherOptions) {
    this.#options = options;
  }

  /** Publishes an event that was just written. One that cannot be published stays for `publishLeft`. */
  async publish(event: OutpostEvent): Promise<void> {
    try {
      await deliver(this.#options, event);
    } catch (error) {
      const { eventId } = event;
      this.#options.logger.warn(
        { err: error, eventId },
        'event not published; the reconciler will try again',
      );
    }
  }

  /** Publishes what nobody else did. */
  async publishLeft(): Promise<void> {
    const { outbox, clock, graceMs } = this.#options;
    const before = new Date(clock.now() - graceMs).toISOString();
    for (const event of await outbox.pending({ limit: BATCH, before })) await deliver(this.#options, event);
  }
}

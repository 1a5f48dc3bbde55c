import type { OutpostEvent } from '@outpost/contracts';
import {
  timestamp,
  type Clock,
  type EventBus,
  type Outbox,
  type OutboxEntry,
  type WebhookStore,
} from '@outpost/platform';
import type { Logger } from 'pino';
import { FanOut } from './webhook-fan-out.js';

const BATCH = 100;
/** In one round: what is left is for the next. */
const MAX_BATCHES = 20;
const AT_A_TIME = 10;

interface EventPublisherOptions {
  readonly outbox: Outbox;
  readonly events: EventBus;
  readonly webhooks: Pick<WebhookStore, 'list' | 'addDelivery'>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Takes events from the outbox to the bus and to the webhooks of their tenant, each at least once. */
export class EventPublisher {
  readonly #options: EventPublisherOptions;

  constructor(options: EventPublisherOptions) {
    this.#options = options;
  }

  /** Hands on what was just written. What cannot be handed on stays for `handOnDue`. Never rejects. */
  async publish(...events: readonly OutpostEvent[]): Promise<void> {
    const fanOut = new FanOut(this.#options.webhooks);
    for (const event of events) await this.#attempt({ event, isPublished: false }, fanOut);
  }

  /** Hands on what nobody else did. */
  async handOnDue(): Promise<void> {
    const { outbox, clock } = this.#options;
    for (let batch = 0; batch < MAX_BATCHES; batch += 1) {
      const entries = await outbox.due({ now: timestamp(clock), limit: BATCH });
      const areDone = await this.#handOnAll(entries);
      if (entries.length < BATCH || !areDone) return;
    }
  }

  async #handOnAll(entries: readonly OutboxEntry[]): Promise<boolean> {
    const fanOut = new FanOut(this.#options.webhooks);
    let areDone = true;
    for (let index = 0; index < entries.length; index += AT_A_TIME) {
      const chunk = entries.slice(index, index + AT_A_TIME);
      const done = await Promise.all(chunk.map((entry) => this.#attempt(entry, fanOut)));
      areDone &&= done.every(Boolean);
    }
    return areDone;
  }

  async #attempt(entry: OutboxEntry, fanOut: FanOut): Promise<boolean> {
    try {
      await this.#handOn(entry, fanOut);
      return true;
    } catch (error) {
      const { eventId } = entry.event;
      this.#options.logger.warn({ err: error, eventId }, 'event not handed on; the next round tries again');
      return false;
    }
  }

  // Removed last: whoever dies before leaves it to be done again.
  async #handOn({ event, isPublished }: OutboxEntry, fanOut: FanOut): Promise<void> {
    const { outbox, events, clock } = this.#options;
    if (!isPublished) await events.publish(event);
    await fanOut.deliver(event, clock.now());
    await outbox.remove(event);
  }
}

import type { OutpostEvent } from '@outpost/contracts';

/** Events written in the transaction of the state that they tell of, waiting to be published. */
export interface Outbox {
  /** Undelivered ones that occurred before `before` (ISO 8601; without it all), oldest first. */
  pending(params: {
    readonly limit: number;
    readonly before?: string | undefined;
  }): Promise<readonly OutpostEvent[]>;
  /** Idempotent. */
  markDelivered(event: Pick<OutpostEvent, 'tenantId' | 'eventId'>): Promise<void>;
}

/** Where events go: a durable file here, EventBridge on AWS. */
export interface EventBus {
  /** Resolves once durable. A repeat of an `eventId` reaches a consumer at most as a duplicate that it can drop. */
  publish(event: OutpostEvent): Promise<void>;
}

/** Publishes an event of the outbox. A crash between the two publishes it again later: consumers drop what they know. */
export async function deliver(
  { outbox, events }: { readonly outbox: Outbox; readonly events: EventBus },
  event: OutpostEvent,
): Promise<void> {
  await events.publish(event);
  await outbox.markDelivered(event);
}

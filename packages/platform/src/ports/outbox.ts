import type { OutpostEvent } from '@outpost/contracts';

/** Events written in the transaction of the state that they tell of, waiting to be published. */
export interface Outbox {
  /** Undelivered ones, oldest first. */
  pending(params: { readonly limit: number }): Promise<readonly OutpostEvent[]>;
  /** Idempotent. */
  markDelivered(params: { readonly eventId: string }): Promise<void>;
}

/** Where events go: a durable file here, EventBridge on AWS. */
export interface EventBus {
  /** Resolves once durable. A repeat of an `eventId` reaches a consumer at most as a duplicate that it can drop. */
  publish(event: OutpostEvent): Promise<void>;
}

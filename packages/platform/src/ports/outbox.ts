import { isTerminal, type OutpostEvent } from '@outpost/contracts';

/** Whoever ends a dispatch publishes its events at once: of one this old it is known that its process died. */
export const PUBLISH_GRACE_MS = 30_000;

/** An event that is still to be handed on. */
export interface OutboxEntry {
  readonly event: OutpostEvent;
  /** The bus has it. */
  readonly isPublished: boolean;
}

/**
 * Events written in the transaction of the state that they tell of. Each stays until a control plane has handed it on:
 * to the bus, unless its writer has done that already, and to the webhooks of its tenant.
 */
export interface Outbox {
  /** Those to be handed on at `now` (ISO 8601), longest due first. What was just removed may be answered once more. */
  due(params: { readonly now: string; readonly limit: number }): Promise<readonly OutboxEntry[]>;
  /** Its writer has published it: it is due at once. Idempotent; does nothing to what is gone. */
  markPublished(event: OutpostEvent): Promise<void>;
  /** It was handed on. Idempotent. */
  remove(event: Pick<OutpostEvent, 'tenantId' | 'eventId'>): Promise<void>;
}

/** Where events go: a durable file here, EventBridge on AWS. */
export interface EventBus {
  /** Resolves once durable. A repeat of an `eventId` reaches a consumer at most as a duplicate that it can drop. */
  publish(event: OutpostEvent): Promise<void>;
}

/** When an event in the outbox is due (ISO 8601): the end of a dispatch only when its writer should have published it. */
export function dueAtOf({ status, occurredAt }: OutpostEvent): string {
  const graceMs = isTerminal(status) ? PUBLISH_GRACE_MS : 0;
  return new Date(Date.parse(occurredAt) + graceMs).toISOString();
}

/** Publishes what was just written. A crash between the two publishes it again later: consumers drop what they know. */
export async function publishWritten(
  { outbox, events }: { readonly outbox: Outbox; readonly events: EventBus },
  written: readonly OutpostEvent[],
): Promise<void> {
  for (const event of written) {
    await events.publish(event);
    await outbox.markPublished(event);
  }
}

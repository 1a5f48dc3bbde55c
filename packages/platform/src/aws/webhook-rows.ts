import type { DeliveryKey, StoredDelivery, StoredWebhook, WebhookKey } from '../ports/index.js';
import { checkedSegment } from '../files/segments.js';
import type { ControlKey } from './control-keys.js';
import type { DispatchContext, Item } from './dispatch-context.js';

/** What the parts of the store of webhooks share. */
export type WebhookContext = Pick<DispatchContext, 'dynamodb' | 'backoff' | 'newId'>;

/** Where due webhooks are found in the index of outpost-control, by when they are due. */
export const DUE = 'webhook';

/**
 * What is kept with a webhook: when it is due, as the index sorts it; who sends to it, and until when nobody else may;
 * how often something was added to what is to be sent.
 */
export interface DueState {
  readonly outbox?: typeof DUE;
  readonly occurredAt?: string;
  readonly holder?: string;
  readonly leaseUntil?: string;
  readonly wakes: number;
}

/** All webhooks of a tenant. Of the fleet, as workers must not read their secrets: a role of theirs reaches no such row. */
export function webhooksPartition(tenantId: string): string {
  return `#webhooks#${checkedSegment('tenantId', tenantId)}`;
}

export function webhookRowKey({ tenantId, webhookId }: WebhookKey): ControlKey {
  return { pk: webhooksPartition(tenantId), sk: checkedSegment('webhookId', webhookId) };
}

/** How many webhooks a tenant has: {held}. */
export function webhookCountKey(tenantId: string): ControlKey {
  return { pk: `#webhook-count#${checkedSegment('tenantId', tenantId)}`, sk: 'count' };
}

/** The deliveries of a webhook, by their ids. */
export function deliveriesPartition({ webhookId }: Pick<WebhookKey, 'webhookId'>): string {
  return `#deliveries#${checkedSegment('webhookId', webhookId)}`;
}

export function deliveryRowKey({ webhookId, deliveryId }: Omit<DeliveryKey, 'tenantId'>): ControlKey {
  return { pk: deliveriesPartition({ webhookId }), sk: checkedSegment('deliveryId', deliveryId) };
}

/** Those that are pending, by when they are to be sent: {deliveryId}. */
export function pendingPartition({ webhookId }: Pick<WebhookKey, 'webhookId'>): string {
  return `#pending-deliveries#${checkedSegment('webhookId', webhookId)}`;
}

export function pendingRowKey(
  { webhookId, deliveryId }: Omit<DeliveryKey, 'tenantId'>,
  nextAttemptAt: string,
): ControlKey {
  return { pk: pendingPartition({ webhookId }), sk: timeKey(nextAttemptAt, deliveryId) };
}

/** Sorts by time, then by id. */
export function timeKey(at: string, id: string): string {
  return `${at}#${id}`;
}

/** Sorts after every key of that time. */
export function endOfTime(at: string): string {
  return `${at}#~`;
}

export function webhookOf(item: Item): StoredWebhook {
  const {
    pk: _,
    sk: __,
    outbox: ___,
    occurredAt: ____,
    holder: _____,
    leaseUntil: ______,
    wakes: _______,
    ...webhook
  } = item as Item & Partial<DueState>;
  return webhook as Item as unknown as StoredWebhook;
}

/** Undefined for one of another tenant. */
export function deliveryOf(
  item: Item,
  { tenantId }: Pick<WebhookKey, 'tenantId'>,
): StoredDelivery | undefined {
  const { pk: _, sk: __, ...rest } = item;
  const delivery = rest as Item as unknown as StoredDelivery;
  return delivery.tenantId === tenantId ? delivery : undefined;
}

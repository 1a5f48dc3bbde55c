import { LIMITS, type OutpostEvent } from '@outpost/contracts';
import type { StoredDelivery, StoredWebhook, WebhookStore } from '@outpost/platform';
import { createHash } from 'node:crypto';
import { encodeTime } from 'ulid';

const DAY_SECONDS = 86_400;
const TIME_CHARACTERS = 10;
const RANDOM_CHARACTERS = 16;
/** Crockford's base 32. */
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** Hands events that have happened by now to the webhooks of their tenants, which are looked up once for all of them. */
export class FanOut {
  readonly #webhooks: Pick<WebhookStore, 'list' | 'addDelivery'>;
  readonly #byTenant = new Map<string, Promise<readonly StoredWebhook[]>>();

  constructor(webhooks: Pick<WebhookStore, 'list' | 'addDelivery'>) {
    this.#webhooks = webhooks;
  }

  /** Makes a delivery of the event for each webhook that wants it. Idempotent. */
  async deliver(event: OutpostEvent, now: number): Promise<void> {
    const wanting = (await this.#of(event.tenantId)).filter((webhook) => wants(webhook, event));
    await Promise.all(wanting.map((webhook) => this.#webhooks.addDelivery(deliveryOf(webhook, event, now))));
  }

  #of(tenantId: string): Promise<readonly StoredWebhook[]> {
    const known = this.#byTenant.get(tenantId);
    if (known !== undefined) return known;
    const webhooks = this.#webhooks.list({ tenantId });
    this.#byTenant.set(tenantId, webhooks);
    return webhooks;
  }
}

function wants({ status, events }: StoredWebhook, event: OutpostEvent): boolean {
  return status === 'active' && (events === undefined || events.includes(event.type));
}

function deliveryOf({ webhookId }: StoredWebhook, event: OutpostEvent, now: number): StoredDelivery {
  const { eventId, type, tenantId, dispatchId } = event;
  const at = new Date(now).toISOString();
  return {
    deliveryId: deliveryIdOf(webhookId, event),
    webhookId,
    tenantId,
    eventId,
    eventType: type,
    dispatchId,
    status: 'pending',
    createdAt: at,
    nextAttemptAt: at,
    attempts: [],
    event,
    tries: 0,
    ttl: Math.floor(now / 1_000) + LIMITS.webhookDeliveryTtlDays * DAY_SECONDS,
  };
}

/** A ULID of the time of the event, the same whoever makes the delivery, and however often. */
function deliveryIdOf(webhookId: string, { eventId, occurredAt }: OutpostEvent): string {
  const bytes = createHash('sha256').update(`${webhookId} ${eventId}`).digest();
  const random = Array.from(bytes.subarray(0, RANDOM_CHARACTERS), (byte) => ALPHABET[byte % 32]);
  return encodeTime(Date.parse(occurredAt), TIME_CHARACTERS) + random.join('');
}

import type { OutpostEvent, Webhook, WebhookAttempt, WebhookDelivery } from '@outpost/contracts';

export interface WebhookKey {
  readonly tenantId: string;
  readonly webhookId: string;
}

export interface DeliveryKey extends WebhookKey {
  readonly deliveryId: string;
}

/** With its secrets: never to be shown, logged or sent. */
export interface StoredWebhook extends Omit<Webhook, 'previousSecretExpiresAt'> {
  readonly tenantId: string;
  readonly secret: string;
  /** Signs as well until it expires (ISO 8601). */
  readonly previousSecret?: { readonly secret: string; readonly expiresAt: string };
}

/** Fields to write; undefined removes one. */
export type WebhookChange = {
  readonly [Field in keyof Omit<StoredWebhook, 'tenantId' | 'webhookId' | 'createdAt'>]?:
    StoredWebhook[Field] | undefined;
};

export interface StoredDelivery extends WebhookDelivery {
  readonly tenantId: string;
  /** What is sent. */
  readonly event: OutpostEvent;
  /** Attempts since it was last asked for. */
  readonly tries: number;
  /** Epoch seconds after which it may be deleted. */
  readonly ttl: number;
}

/** What became of an attempt, and when there is to be another: one that is still pending has a time for it. */
export interface AttemptResult {
  readonly attempt: WebhookAttempt;
  readonly status: StoredDelivery['status'];
  /** ISO 8601. */
  readonly nextAttemptAt: string | undefined;
}

/**
 * Where events are sent to, and those on their way. A webhook that has something to be sent is due at a time; one
 * control plane at a time, which holds its lease, sends to it.
 */
export interface WebhookStore {
  /** Refuses (`false`) one more than `max` of its tenant. */
  create(webhook: StoredWebhook, limits: { readonly max: number }): Promise<boolean>;
  get(key: WebhookKey): Promise<StoredWebhook | undefined>;
  /** Oldest first. */
  list(params: { readonly tenantId: string }): Promise<readonly StoredWebhook[]>;
  /** Undefined when there is none. A disabled one is not due; one that is active again is due at `updatedAt`. */
  update(params: WebhookKey & { readonly change: WebhookChange }): Promise<StoredWebhook | undefined>;
  /** With its deliveries. False when there is none. */
  remove(key: WebhookKey): Promise<boolean>;

  /** Idempotent. Its webhook is due at `nextAttemptAt`, unless that is disabled. */
  addDelivery(delivery: StoredDelivery): Promise<void>;
  getDelivery(key: DeliveryKey): Promise<StoredDelivery | undefined>;
  /** Newest event first. Rejects with VALIDATION_ERROR for a wrong cursor. */
  listDeliveries(
    params: WebhookKey & { readonly limit: number; readonly cursor?: string | undefined },
  ): Promise<{ readonly deliveries: readonly StoredDelivery[]; readonly nextCursor: string | undefined }>;
  /** Pending from `at` (ISO 8601) on, with all its tries. Undefined when there is none. */
  redeliver(params: DeliveryKey & { readonly at: string }): Promise<StoredDelivery | undefined>;

  /** Takes the lease of webhooks that are due, longest due first. */
  claimDue(params: {
    /** ISO 8601, as all times here. */
    readonly now: string;
    readonly leaseUntil: string;
    readonly holder: string;
    readonly limit: number;
  }): Promise<readonly StoredWebhook[]>;
  /** What is pending and due, longest due first. */
  dueDeliveries(
    params: WebhookKey & { readonly now: string; readonly limit: number },
  ): Promise<readonly StoredDelivery[]>;
  /** `delivery`: as `dueDeliveries` answered it. Does nothing when it is not like that any more. */
  recordAttempt(delivery: StoredDelivery, result: AttemptResult): Promise<void>;
  /** Gives the lease back. The webhook is due when its next delivery is, and is claimed by nobody before `notBefore`. */
  release(params: WebhookKey & { readonly holder: string; readonly notBefore: string }): Promise<void>;
}

import {
  LIMITS,
  OutpostError,
  type CreatedWebhook,
  type CreateWebhook,
  type TestEvent,
  type UpdateWebhook,
  type Webhook,
  type WebhookAttempt,
  type WebhookDelivery,
  type WebhookDeliveryPage,
} from '@outpost/contracts';
import {
  timestamp,
  type Clock,
  type DeliveryKey,
  type StoredDelivery,
  type StoredWebhook,
  type WebhookChange,
  type WebhookKey,
  type WebhookSender,
  type WebhookStore,
} from '@outpost/platform';
import { randomUUID } from 'node:crypto';
import { attemptDelivery } from './webhook-attempt.js';
import { newWebhookSecret } from './webhook-signature.js';

interface WebhooksOptions {
  readonly store: WebhookStore;
  readonly sender: WebhookSender;
  readonly deliverer: { poke(): void };
  readonly clock: Clock;
}

/** Where the events of a tenant are sent to. Every method that names one rejects with NOT_FOUND when it has none. */
export class Webhooks {
  readonly #options: WebhooksOptions;

  constructor(options: WebhooksOptions) {
    this.#options = options;
  }

  /** Rejects with VALIDATION_ERROR for a URL that may not be sent to, and with CONFLICT for one too many. */
  async create({ tenantId, ...request }: CreateWebhook & { tenantId: string }): Promise<CreatedWebhook> {
    const { store, clock } = this.#options;
    await this.#checkUrl(request.url);
    const at = timestamp(clock);
    const secret = newWebhookSecret();
    const webhook: StoredWebhook = {
      tenantId,
      webhookId: randomUUID(),
      ...request,
      status: 'active',
      createdAt: at,
      updatedAt: at,
      secret,
    };
    if (!(await store.create(webhook, { max: LIMITS.webhooksMax }))) throw tooMany();
    return { ...this.#shown(webhook), secret };
  }

  async list(tenantId: string): Promise<Webhook[]> {
    return (await this.#options.store.list({ tenantId })).map((webhook) => this.#shown(webhook));
  }

  async get(key: WebhookKey): Promise<Webhook> {
    return this.#shown(await this.#find(key));
  }

  /** What it is changed to is given the time to prove itself: it has not failed since. */
  async update({ tenantId, webhookId, ...request }: UpdateWebhook & WebhookKey): Promise<Webhook> {
    if (request.url !== undefined) await this.#checkUrl(request.url);
    const fields = Object.entries(request).map(([field, value]) => [field, value ?? undefined]);
    const isAnew = request.url !== undefined || request.status !== undefined;
    return this.#shown(
      await this.#write(
        { tenantId, webhookId },
        {
          ...Object.fromEntries(fields),
          ...(isAnew && { failingSince: undefined, disabledReason: undefined }),
        },
      ),
    );
  }

  async remove(key: WebhookKey): Promise<Webhook> {
    const webhook = await this.#find(key);
    if (!(await this.#options.store.remove(key))) throw noSuchWebhook(key);
    return this.#shown(webhook);
  }

  /** Until the overlap is over requests have the signatures of both secrets. */
  async rotate({
    overlapSeconds,
    ...key
  }: WebhookKey & { readonly overlapSeconds: number }): Promise<CreatedWebhook> {
    const { secret: before } = await this.#find(key);
    const secret = newWebhookSecret();
    const expiresAt = new Date(this.#options.clock.now() + overlapSeconds * 1_000).toISOString();
    const previousSecret = overlapSeconds === 0 ? undefined : { secret: before, expiresAt };
    return { ...this.#shown(await this.#write(key, { secret, previousSecret })), secret };
  }

  /** One attempt, whatever the status of the webhook; it is not among its deliveries. */
  async test(key: WebhookKey): Promise<WebhookAttempt> {
    const { clock } = this.#options;
    const event: TestEvent = {
      eventId: `test-${randomUUID()}`,
      type: 'webhook.test',
      occurredAt: timestamp(clock),
      ...key,
    };
    return attemptDelivery(this.#options, await this.#find(key), event);
  }

  async deliveries(
    params: WebhookKey & { readonly limit: number; readonly cursor?: string | undefined },
  ): Promise<WebhookDeliveryPage> {
    await this.#find(params);
    const { deliveries, nextCursor } = await this.#options.store.listDeliveries(params);
    return { deliveries: deliveries.map(shownDelivery), ...(nextCursor !== undefined && { nextCursor }) };
  }

  /** Rejects with CONFLICT when the webhook is disabled: it would wait for ever. */
  async redeliver(key: DeliveryKey): Promise<WebhookDelivery> {
    const { store, deliverer, clock } = this.#options;
    const { status } = await this.#find(key);
    if (status === 'disabled')
      throw new OutpostError(
        'CONFLICT',
        `Webhook ${key.webhookId} is disabled: set its status to active first.`,
      );
    const delivery = await store.redeliver({ ...key, at: timestamp(clock) });
    if (delivery === undefined)
      throw new OutpostError('NOT_FOUND', `There is no delivery ${key.deliveryId} of this webhook.`);
    deliverer.poke();
    return shownDelivery(delivery);
  }

  async #checkUrl(url: string): Promise<void> {
    const message = await this.#options.sender.problemWith(url);
    if (message === undefined) return;
    throw new OutpostError('VALIDATION_ERROR', `body.url ${message}`, {
      details: [{ path: 'body.url', message }],
    });
  }

  async #find(key: WebhookKey): Promise<StoredWebhook> {
    const { tenantId, webhookId } = key;
    const webhook = await this.#options.store.get({ tenantId, webhookId });
    if (webhook === undefined) throw noSuchWebhook(key);
    return webhook;
  }

  async #write(key: WebhookKey, change: WebhookChange): Promise<StoredWebhook> {
    const { store, clock } = this.#options;
    const webhook = await store.update({ ...key, change: { ...change, updatedAt: timestamp(clock) } });
    if (webhook === undefined) throw noSuchWebhook(key);
    return webhook;
  }

  /** Without its secrets. */
  #shown({ tenantId: _, secret: __, previousSecret, ...webhook }: StoredWebhook): Webhook {
    const isOverlap =
      previousSecret !== undefined && Date.parse(previousSecret.expiresAt) > this.#options.clock.now();
    return { ...webhook, ...(isOverlap && { previousSecretExpiresAt: previousSecret.expiresAt }) };
  }
}

function shownDelivery({
  tenantId: _,
  event: __,
  tries: ___,
  ttl: ____,
  ...delivery
}: StoredDelivery): WebhookDelivery {
  return delivery;
}

function noSuchWebhook({ webhookId }: WebhookKey): OutpostError {
  return new OutpostError('NOT_FOUND', `There is no webhook ${webhookId}.`);
}

function tooMany(): OutpostError {
  return new OutpostError(
    'CONFLICT',
    `There are ${LIMITS.webhooksMax} webhooks already, and a tenant may have no more. Delete one that is not needed.`,
  );
}

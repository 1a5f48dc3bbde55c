import type {
  CreatedWebhook,
  CreateWebhook,
  UpdateWebhook,
  Webhook,
  WebhookAttempt,
  WebhookDelivery,
  WebhookDeliveryPage,
  WebhookEvent,
} from '@outpost/contracts';
import type { RequestOptions, Transport } from './transport.js';
import { unwrapWebhook, type UnwrapOptions, type WebhookHeaders } from './unwrap-webhook.js';

export interface ListDeliveriesOptions extends RequestOptions {
  readonly cursor?: string | undefined;
  readonly limit?: number | undefined;
}

/** Where the tenant's events are sent to; needs the scope `admin`, but for `unwrap`. */
export class Webhooks {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** The secret in the answer is shown this once. */
  async create(input: CreateWebhook, { signal }: RequestOptions = {}): Promise<CreatedWebhook> {
    return this.#transport.json<CreatedWebhook>({ method: 'POST', path: '/webhooks', json: input, signal });
  }

  async list({ signal }: RequestOptions = {}): Promise<readonly Webhook[]> {
    const { webhooks } = await this.#transport.json<{ webhooks: Webhook[] }>({ path: '/webhooks', signal });
    return webhooks;
  }

  async get(webhookId: string, { signal }: RequestOptions = {}): Promise<Webhook> {
    return this.#transport.json<Webhook>({ path: pathOf(webhookId), signal });
  }

  /** `status: 'active'` lets one that was disabled go on; null takes back what was set. */
  async update(webhookId: string, input: UpdateWebhook, { signal }: RequestOptions = {}): Promise<Webhook> {
    return this.#transport.json<Webhook>({ method: 'PATCH', path: pathOf(webhookId), json: input, signal });
  }

  async delete(webhookId: string, { signal }: RequestOptions = {}): Promise<Webhook> {
    return this.#transport.json<Webhook>({ method: 'DELETE', path: pathOf(webhookId), signal });
  }

  /** A new secret; for `overlapSeconds` (a day, unless told otherwise) requests are signed with both. */
  async rotate(
    webhookId: string,
    input: { readonly overlapSeconds?: number } = {},
    { signal }: RequestOptions = {},
  ): Promise<CreatedWebhook> {
    const path = `${pathOf(webhookId)}/rotate`;
    return this.#transport.json<CreatedWebhook>({ method: 'POST', path, json: input, signal });
  }

  /** Sends an event of the type `webhook.test` at once, and answers what became of it. */
  async test(webhookId: string, { signal }: RequestOptions = {}): Promise<WebhookAttempt> {
    const path = `${pathOf(webhookId)}/test`;
    return this.#transport.json<WebhookAttempt>({ method: 'POST', path, signal });
  }

  /** One page, newest event first. */
  async deliveries(
    webhookId: string,
    { cursor, limit, signal }: ListDeliveriesOptions = {},
  ): Promise<WebhookDeliveryPage> {
    const path = `${pathOf(webhookId)}/deliveries`;
    return this.#transport.json<WebhookDeliveryPage>({ path, query: { cursor, limit }, signal });
  }

  async redeliver(
    webhookId: string,
    deliveryId: string,
    { signal }: RequestOptions = {},
  ): Promise<WebhookDelivery> {
    const path = `${pathOf(webhookId)}/deliveries/${encodeURIComponent(deliveryId)}/redeliver`;
    return this.#transport.json<WebhookDelivery>({ method: 'POST', path, signal });
  }

  /** As `unwrapWebhook`, which needs no client. */
  unwrap(
    body: string | Uint8Array,
    headers: WebhookHeaders,
    secret: string,
    options?: UnwrapOptions,
  ): WebhookEvent {
    return unwrapWebhook(body, headers, secret, options);
  }
}

function pathOf(webhookId: string): string {
  return `/webhooks/${encodeURIComponent(webhookId)}`;
}

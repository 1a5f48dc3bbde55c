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
import { paged, type PagePromise } from './pages.js';
import { path } from './path.js';
import type { RequestOptions, Transport } from './transport.js';
import { unwrapWebhook, type UnwrapOptions, type WebhookHeaders } from './unwrap-webhook.js';

export interface ListDeliveriesOptions extends RequestOptions {
  readonly cursor?: string | undefined;
  readonly limit?: number | undefined;
}

/** Where the tenant's events are sent to; needs the scope `admin`, but for `unwrap`. */
export class Webhooks {
  readonly #transport: Transport;

  /** @internal */
  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** The secret in the answer is shown this once. */
  async create(input: CreateWebhook, options: RequestOptions = {}): Promise<CreatedWebhook> {
    return this.#transport.json<CreatedWebhook>({
      ...options,
      method: 'POST',
      path: '/webhooks',
      json: input,
    });
  }

  async list(options: RequestOptions = {}): Promise<readonly Webhook[]> {
    const { webhooks } = await this.#transport.json<{ webhooks: Webhook[] }>({
      ...options,
      path: '/webhooks',
    });
    return webhooks;
  }

  async get(webhookId: string, options: RequestOptions = {}): Promise<Webhook> {
    return this.#transport.json<Webhook>({ ...options, path: path`/webhooks/${webhookId}` });
  }

  /** `status: 'active'` lets one that was disabled go on; null takes back what was set. */
  async update(webhookId: string, input: UpdateWebhook, options: RequestOptions = {}): Promise<Webhook> {
    return this.#transport.json<Webhook>({
      ...options,
      method: 'PATCH',
      path: path`/webhooks/${webhookId}`,
      json: input,
    });
  }

  async delete(webhookId: string, options: RequestOptions = {}): Promise<Webhook> {
    return this.#transport.json<Webhook>({
      ...options,
      method: 'DELETE',
      path: path`/webhooks/${webhookId}`,
    });
  }

  /** A new secret; for `overlapSeconds` (a day, unless told otherwise) requests are signed with both. */
  async rotate(
    webhookId: string,
    input: { readonly overlapSeconds?: number } = {},
    options: RequestOptions = {},
  ): Promise<CreatedWebhook> {
    return this.#transport.json<CreatedWebhook>({
      ...options,
      method: 'POST',
      path: path`/webhooks/${webhookId}/rotate`,
      json: input,
    });
  }

  /** Sends an event of the type `webhook.test` at once, and answers what became of it. */
  async test(webhookId: string, options: RequestOptions = {}): Promise<WebhookAttempt> {
    return this.#transport.json<WebhookAttempt>({
      ...options,
      method: 'POST',
      path: path`/webhooks/${webhookId}/test`,
    });
  }

  /** Newest event first: await it for one page, or iterate over all of them. */
  deliveries(
    webhookId: string,
    options: ListDeliveriesOptions = {},
  ): PagePromise<WebhookDeliveryPage, WebhookDelivery> {
    const { cursor: start, limit, ...rest } = options;
    const request = { ...rest, path: path`/webhooks/${webhookId}/deliveries` };
    return paged({
      fetch: async (cursor = start) =>
        this.#transport.json<WebhookDeliveryPage>({ ...request, query: { cursor, limit } }),
      items: ({ deliveries }) => deliveries,
      next: ({ nextCursor }) => nextCursor,
    });
  }

  async redeliver(
    webhookId: string,
    deliveryId: string,
    options: RequestOptions = {},
  ): Promise<WebhookDelivery> {
    return this.#transport.json<WebhookDelivery>({
      ...options,
      method: 'POST',
      path: path`/webhooks/${webhookId}/deliveries/${deliveryId}/redeliver`,
    });
  }

  /** As `unwrapWebhook`, which needs no client. */
  async unwrap(
    body: string | Uint8Array,
    headers: WebhookHeaders,
    secret: string,
    options?: UnwrapOptions,
  ): Promise<WebhookEvent> {
    return unwrapWebhook(body, headers, secret, options);
  }
}

import {
  lifecycleEventOf,
  type CreatedWebhook,
  type CreateWebhook,
  type DispatchRecord,
  type WebhookDelivery,
} from '@outpost/contracts';
import type { ControlPlatform } from '@outpost/platform';
import {
  CLAIMED,
  costEvent,
  createTemporaryLocalPlatform,
  creation,
  ending,
  type TemporaryLocalPlatform,
} from '@outpost/platform/testing';
import { pino } from 'pino';
import { createServices } from '../compose.js';
import { readConfig } from '../config.js';
import type { Services } from '../services/index.js';
import { WebhookReceiver } from './webhook-receiver.js';

const ALLOWED = { privateHosts: ['127.0.0.1'], allowHttp: true };

/** The services on this machine, with receivers on loopback, and a clock that a test moves. */
export class WebhookFleet {
  readonly local: TemporaryLocalPlatform;
  readonly platform: ControlPlatform;
  readonly services: Services;
  readonly #receivers: WebhookReceiver[] = [];

  private constructor(local: TemporaryLocalPlatform) {
    this.local = local;
    this.platform = local.open({ webhooks: ALLOWED });
    this.services = this.openServices(this.platform);
  }

  static async open(): Promise<WebhookFleet> {
    return new WebhookFleet(await createTemporaryLocalPlatform());
  }

  /** Those of one more instance; with parts of its own if need be. */
  openServices(parts: Partial<ControlPlatform> = {}): Services {
    return createServices({
      config: readConfig({ OUTPOST_DATA_DIR: this.local.dataDir }),
      platform: { ...this.local.open({ webhooks: ALLOWED }), ...parts },
      logger: pino({ level: 'silent' }),
      shutdown: new AbortController().signal,
      clock: this.local.clock,
      random: () => 0.5,
    });
  }

  async receiver(): Promise<WebhookReceiver> {
    const receiver = await WebhookReceiver.open();
    this.#receivers.push(receiver);
    return receiver;
  }

  async webhook(
    { url }: Pick<WebhookReceiver, 'url'>,
    more: Partial<CreateWebhook> & { tenantId?: string } = {},
  ): Promise<CreatedWebhook> {
    return this.services.webhooks.create({ tenantId: 'acme', url, ...more });
  }

  /** A dispatch that has ended, and was told of. */
  async ended(tenantId = 'acme'): Promise<DispatchRecord> {
    const result = await this.platform.dispatches.create(creation({ tenantId }));
    if (result.outcome !== 'created') throw new Error(result.outcome);
    const { dispatchId } = result.record;
    await this.platform.dispatches.move({ tenantId, dispatchId, move: CLAIMED });
    const event = costEvent(result.record);
    const ended = await this.platform.dispatches.move({
      tenantId,
      dispatchId,
      move: ending('COMPLETED'),
      event,
    });
    if (ended.outcome !== 'moved') throw new Error(ended.outcome);
    for (const each of [lifecycleEventOf(ended.record), event])
      await this.platform.outbox.markPublished(each);
    return ended.record;
  }

  /** One round, and all that it has sent. */
  async round({ reconciler, deliverer }: Services = this.services): Promise<void> {
    await reconciler.tick();
    await deliverer.settled();
  }

  /** After so many milliseconds. */
  async later(ms: number): Promise<void> {
    this.local.clock.advance(ms);
    await this.round();
  }

  async deliveries({ webhookId }: { readonly webhookId: string }): Promise<readonly WebhookDelivery[]> {
    const page = await this.services.webhooks.deliveries({ tenantId: 'acme', webhookId, limit: 100 });
    return page.deliveries;
  }

  async close(): Promise<void> {
    for (const receiver of this.#receivers) receiver.close();
    await this.services.deliverer.stop();
    await this.local.cleanup();
  }
}

import type { WebhookAttempt } from '@outpost/contracts';
import {
  timestamp,
  type Clock,
  type StoredDelivery,
  type StoredWebhook,
  type WebhookKey,
  type WebhookSender,
  type WebhookStore,
} from '@outpost/platform';
import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import { nextAttemptAt, pauseAfterFailure, reasonToDisable } from '../domain/webhook-schedule.js';
import { SingleFlight } from '../single-flight.js';
import { attempt } from './attempt.js';
import type { Tenants } from './tenants.js';
import { attemptDelivery } from './webhook-attempt.js';

/** Webhooks that are sent to at a time: a slow one takes one of these, for the length of its turn. */
const WEBHOOKS_AT_A_TIME = 32;
/** To one webhook. */
const DELIVERIES_AT_A_TIME = 4;
/** After which others get their turn; the requests under way come on top of it. */
const TURN_MS = 15_000;
/** More than a turn can take: whoever holds it longer is dead. */
const LEASE_MS = 90_000;
const SUSPENDED_PAUSE_MS = 60_000;

interface WebhookDelivererOptions {
  readonly store: WebhookStore;
  readonly sender: WebhookSender;
  readonly tenants: Pick<Tenants, 'policyOf'>;
  readonly clock: Clock;
  /** From 0 to 1. */
  readonly random: () => number;
  readonly logger: Logger;
}

/**
 * Sends what is due to webhooks, in turns. One control plane at a time sends to a webhook: it holds its lease. What one
 * that died had under way is sent again when that has expired.
 */
export class WebhookDeliverer {
  readonly #options: WebhookDelivererOptions;
  readonly #turns = new Set<Promise<unknown>>();
  readonly #looks = new SingleFlight(() => this.#startTurns());
  #isStopped = false;

  constructor(options: WebhookDelivererOptions) {
    this.#options = options;
  }

  /** Asks for a look at what is due soon. Never throws. */
  poke(): void {
    this.deliverDue().catch((error: unknown) => {
      this.#options.logger.warn(
        { err: error },
        'webhooks could not be looked at; the next round tries again',
      );
    });
  }

  /** Begins to send what is due, as far as there is room. Does not wait for receivers. Rejects when the store does not answer. */
  async deliverDue(): Promise<void> {
    if (!this.#isStopped) await this.#looks.request();
  }

  /** Resolves when nothing is being sent. */
  async settled(): Promise<void> {
    while (this.#turns.size > 0) await Promise.all(this.#turns);
  }

  /** Resolves when what is under way has been sent. Nothing follows. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#looks.settled();
    await this.settled();
  }

  async #startTurns(): Promise<void> {
    const { store, clock } = this.#options;
    const limit = WEBHOOKS_AT_A_TIME - this.#turns.size;
    if (limit <= 0) return;
    const now = clock.now();
    const leaseUntil = new Date(now + LEASE_MS).toISOString();
    const holder = randomUUID();
    const webhooks = await store.claimDue({ now: timestamp(clock), leaseUntil, holder, limit });
    for (const webhook of webhooks) this.#start(webhook, holder);
  }

  #start(webhook: StoredWebhook, holder: string): void {
    const turn = attempt(this.#options.logger, `send to webhook ${webhook.webhookId}`, () =>
      this.#turn(webhook, holder),
    ).finally(() => {
      this.#turns.delete(turn);
      // There may be more for it, or for others who had no room.
      this.poke();
    });
    this.#turns.add(turn);
  }

  async #turn({ tenantId, webhookId }: StoredWebhook, holder: string): Promise<void> {
    const { store, clock } = this.#options;
    const key = { tenantId, webhookId };
    const pauseMs = await this.#sendDue(key);
    await store.release({ ...key, holder, notBefore: new Date(clock.now() + pauseMs).toISOString() });
  }

  /** Answers how long it is to be left alone, in milliseconds. */
  async #sendDue(key: WebhookKey): Promise<number> {
    const { store, tenants, clock } = this.#options;
    if ((await tenants.policyOf(key.tenantId)).isSuspended) return SUSPENDED_PAUSE_MS;
    const endsAt = clock.now() + TURN_MS;
    while (!this.#isStopped && clock.now() < endsAt) {
      // It may have been changed since the last.
      const webhook = await store.get(key);
      if (webhook?.status !== 'active') return 0;
      const due = await store.dueDeliveries({ ...key, now: timestamp(clock), limit: DELIVERIES_AT_A_TIME });
      if (due.length === 0) return 0;
      const attempts = await Promise.all(due.map((delivery) => this.#send(webhook, delivery)));
      const pauseMs = await this.#judge(webhook, attempts);
      if (pauseMs > 0) return pauseMs;
    }
    return 0;
  }

  async #send(webhook: StoredWebhook, delivery: StoredDelivery): Promise<WebhookAttempt> {
    const { store, clock, random } = this.#options;
    const made = await attemptDelivery(this.#options, webhook, delivery.event);
    if (made.error === undefined) {
      await store.recordAttempt(delivery, { attempt: made, status: 'delivered', nextAttemptAt: undefined });
      return made;
    }
    const next = nextAttemptAt({ tries: delivery.tries + 1, now: clock.now(), random: random() });
    const status = next === undefined ? 'failed' : 'pending';
    await store.recordAttempt(delivery, { attempt: made, status, nextAttemptAt: next });
    return made;
  }

  /** Writes down whether it fails, and disables it when it has for too long. Answers the pause that it needs. */
  async #judge(webhook: StoredWebhook, attempts: readonly WebhookAttempt[]): Promise<number> {
    const { store, clock, logger } = this.#options;
    const { tenantId, webhookId } = webhook;
    const last = attempts.at(-1);
    const now = clock.now();
    if (last === undefined || attempts.some(({ error }) => error === undefined)) {
      if (webhook.failingSince !== undefined)
        await store.update({ tenantId, webhookId, change: { failingSince: undefined } });
      return 0;
    }
    const failingSince = webhook.failingSince ?? last.at;
    const reason = reasonToDisable({ failingSince, now, statusCode: last.statusCode });
    if (reason !== undefined) {
      const change = { status: 'disabled', disabledReason: reason, failingSince } as const;
      await store.update({ tenantId, webhookId, change: { ...change, updatedAt: timestamp(clock) } });
      logger.warn({ tenantId, webhookId, reason }, 'webhook disabled');
    } else if (webhook.failingSince === undefined) {
      await store.update({ tenantId, webhookId, change: { failingSince } });
    }
    return pauseAfterFailure(failingSince, now);
  }
}

import { LIMITS } from '@outpost/contracts';
import { randomUUID } from 'node:crypto';
import { describe, expect } from 'vitest';
import type { StoredDelivery, StoredWebhook, WebhookKey, WebhookStore } from '../ports/index.js';
import { looseCostEvent, newDispatchId, TEST_AT } from './fixtures.js';
import { atOnce, subjectOf, type Harness } from './harness.js';
import { itExcept, type LeftOut } from './left-out.js';
import { TEST_EPOCH_MS } from './settable-clock.js';

export interface WebhookStoreSubject {
  /** Two instances on the same data, as two control planes have. */
  readonly webhooks: readonly [WebhookStore, WebhookStore];
}

const MAX = { max: 3 };
const LEASE_MS = 60_000;
const LATER = at(3_600_000);
const FIRST = 'holder-1';
const SECOND = 'holder-2';

/** ISO 8601, so many milliseconds after the beginning of the test. */
function at(offsetMs: number): string {
  return new Date(TEST_EPOCH_MS + offsetMs).toISOString();
}

export function webhookOf(overrides: Partial<StoredWebhook> = {}): StoredWebhook {
  return {
    tenantId: 'acme',
    webhookId: randomUUID(),
    url: 'https://ci.example.com/outpost',
    status: 'active',
    createdAt: TEST_AT,
    updatedAt: TEST_AT,
    secret: 'whsec_c2VjcmV0',
    ...overrides,
  };
}

export function deliveryTo(
  { tenantId, webhookId }: StoredWebhook,
  overrides: Partial<StoredDelivery> = {},
): StoredDelivery {
  const event = { ...looseCostEvent(), tenantId };
  return {
    tenantId,
    webhookId,
    deliveryId: newDispatchId(),
    eventId: event.eventId,
    eventType: event.type,
    dispatchId: event.dispatchId,
    status: 'pending',
    createdAt: TEST_AT,
    nextAttemptAt: TEST_AT,
    attempts: [],
    event,
    tries: 0,
    ttl: 1_900_000_000,
    ...overrides,
  };
}

const FAILED = { at: TEST_AT, durationMs: 12, statusCode: 500, error: 'answered 500' } as const;
const TAKEN = { at: TEST_AT, durationMs: 7, statusCode: 204 } as const;

/** What every store of webhooks must do. */
export function describeWebhookStoreConformance(
  name: string,
  harness: Harness<WebhookStoreSubject>,
  leftOut?: LeftOut,
): void {
  const it = itExcept(leftOut);
  const start = async () => {
    const { webhooks } = await subjectOf(harness);
    const [store, other] = webhooks;
    const made = async (overrides: Partial<StoredWebhook> = {}) => {
      const webhook = webhookOf(overrides);
      if (!(await store.create(webhook, MAX))) throw new Error('not created');
      return webhook;
    };
    const added = async (webhook: StoredWebhook, overrides: Partial<StoredDelivery> = {}) => {
      const delivery = deliveryTo(webhook, overrides);
      await store.addDelivery(delivery);
      return delivery;
    };
    const claim = async (holder: string, now: string, limit = 9, by = store) => {
      const leaseUntil = new Date(Date.parse(now) + LEASE_MS).toISOString();
      const claimed = await by.claimDue({ now, leaseUntil, holder, limit });
      return claimed.map(({ webhookId }) => webhookId);
    };
    const due = async (webhook: WebhookKey, now = LATER, limit = 9) =>
      (await other.dueDeliveries({ ...webhook, now, limit })).map(({ deliveryId }) => deliveryId);
    return { store, other, made, added, claim, due };
  };

  describe(`WebhookStore: ${name}`, () => {
    it('gets what was created, of its tenant only', async () => {
      const { other, made } = await start();
      const webhook = await made({ events: ['dispatch.completed'], description: 'CI' });
      expect(await other.get(webhook)).toEqual(webhook);
      expect(await other.get({ ...webhook, tenantId: 'globex' })).toBeUndefined();
      expect(await other.list({ tenantId: 'globex' })).toEqual([]);
    });

    it('lists those of a tenant, oldest first', async () => {
      const { other, made } = await start();
      const second = await made({ createdAt: at(2) });
      const first = await made({ createdAt: at(1) });
      await made({ tenantId: 'globex' });
      expect(await other.list({ tenantId: 'acme' })).toEqual([first, second]);
    });

    it('has no more of a tenant than it may, however many are made at once', async () => {
      const { store, other } = await start();
      const created = await atOnce(8, (index) =>
        (index % 2 === 0 ? store : other).create(webhookOf({ createdAt: at(index) }), MAX),
      );
      expect(created.filter(Boolean)).toHaveLength(MAX.max);
      const [one] = await store.list({ tenantId: 'acme' });
      expect(await store.remove(one!)).toBe(true);
      expect(await store.create(webhookOf(), MAX)).toBe(true);
      expect(await store.create(webhookOf(), MAX)).toBe(false);
      expect(await store.create(webhookOf({ tenantId: 'globex' }), MAX)).toBe(true);
    });

    it('writes and removes fields, and leaves the others', async () => {
      const { store, other, made } = await start();
      const webhook = await made({ description: 'CI' });
      const change = { secret: 'whsec_bmV3', description: undefined, failingSince: at(5) };
      const { description: _, ...rest } = webhook;
      const changed = { ...rest, secret: 'whsec_bmV3', failingSince: at(5) };
      expect(await store.update({ ...webhook, change })).toEqual(changed);
      expect(await other.get(webhook)).toEqual(changed);
      expect(await store.update({ ...webhook, tenantId: 'globex', change })).toBeUndefined();
    });

    it('removes a webhook with its deliveries, once', async () => {
      const { store, other, made, added, claim } = await start();
      const [gone, kept] = [await made(), await made()];
      const [lost, left] = [await added(gone), await added(kept)];
      expect(await store.remove({ ...gone, tenantId: 'globex' })).toBe(false);
      expect(await store.remove(gone)).toBe(true);
      expect(await other.remove(gone)).toBe(false);
      expect(await other.get(gone)).toBeUndefined();
      expect(await other.getDelivery(lost)).toBeUndefined();
      expect(await other.getDelivery(left)).toEqual(left);
      expect(await claim(FIRST, TEST_AT)).toEqual([kept.webhookId]);
    });

    it('adds a delivery once, and does not put back one that was sent', async () => {
      const { store, other, made, added, due } = await start();
      const webhook = await made();
      const delivery = await added(webhook);
      await store.recordAttempt(delivery, { attempt: TAKEN, status: 'delivered', nextAttemptAt: undefined });
      await other.addDelivery(delivery);
      expect(await due(webhook)).toEqual([]);
      expect(await other.getDelivery(delivery)).toMatchObject({ status: 'delivered', attempts: [TAKEN] });
      expect(await other.getDelivery({ ...delivery, tenantId: 'globex' })).toBeUndefined();
    });

    it('lists deliveries in pages, newest first', async () => {
      const { other, made, added } = await start();
      const [webhook, another] = [await made(), await made()];
      const all = [await added(webhook), await added(webhook), await added(webhook)];
      await added(another);
      const first = await other.listDeliveries({ ...webhook, limit: 2 });
      expect(first.deliveries).toEqual([all[2], all[1]]);
      const second = await other.listDeliveries({ ...webhook, limit: 2, cursor: first.nextCursor });
      expect(second).toEqual({ deliveries: [all[0]], nextCursor: undefined });
      const foreign = await other.listDeliveries({ ...webhook, tenantId: 'globex', limit: 2 });
      expect(foreign).toEqual({ deliveries: [], nextCursor: undefined });
      await expect(other.listDeliveries({ ...webhook, limit: 2, cursor: 'no' })).rejects.toMatchObject({
        code: 'VALIDATION_ERROR',
      });
    });

    it('has what is due, longest due first, and no more than was asked for', async () => {
      const { made, added, due } = await start();
      const webhook = await made();
      const third = await added(webhook, { nextAttemptAt: at(3) });
      const first = await added(webhook, { nextAttemptAt: at(1) });
      const second = await added(webhook, { nextAttemptAt: at(2) });
      expect(await due(webhook, at(2))).toEqual([first.deliveryId, second.deliveryId]);
      expect(await due(webhook, at(9), 1)).toEqual([first.deliveryId]);
      expect(await due(webhook, at(9))).toEqual([first, second, third].map(({ deliveryId }) => deliveryId));
      expect(await due({ ...webhook, tenantId: 'globex' }, at(9))).toEqual([]);
    });

    it('keeps the last attempts, and when the next is due', async () => {
      const { store, other, made, added, due } = await start();
      const webhook = await made();
      let delivery = await added(webhook);
      for (let tries = 1; tries <= LIMITS.webhookAttemptsKept + 1; tries += 1) {
        const attempt = { ...FAILED, durationMs: tries };
        await store.recordAttempt(delivery, { attempt, status: 'pending', nextAttemptAt: at(tries) });
        delivery = (await other.getDelivery(delivery))!;
        expect(delivery).toMatchObject({ status: 'pending', tries, nextAttemptAt: at(tries) });
      }
      expect(delivery.attempts).toHaveLength(LIMITS.webhookAttemptsKept);
      expect(delivery.attempts.at(-1)).toMatchObject({ durationMs: LIMITS.webhookAttemptsKept + 1 });
      expect(await due(webhook, at(LIMITS.webhookAttemptsKept))).toEqual([]);
      await store.recordAttempt(delivery, { attempt: FAILED, status: 'failed', nextAttemptAt: undefined });
      const failed = await other.getDelivery(delivery);
      expect(failed).toMatchObject({ status: 'failed' });
      expect(failed).not.toHaveProperty('nextAttemptAt');
      expect(await due(webhook)).toEqual([]);
    });

    it('records an attempt on a delivery as it was read, and on no other', async () => {
      const { store, other, made, added, due } = await start();
      const webhook = await made();
      const delivery = await added(webhook);
      const sent = { attempt: TAKEN, status: 'delivered', nextAttemptAt: undefined } as const;
      await store.redeliver({ ...delivery, at: at(7) });
      await other.recordAttempt(delivery, sent);
      expect(await due(webhook)).toEqual([delivery.deliveryId]);
      await other.recordAttempt(deliveryTo(webhook), sent);
      expect((await other.listDeliveries({ ...webhook, limit: 9 })).deliveries).toHaveLength(1);
    });

    it('delivers once more what is asked for, with all its tries', async () => {
      const { store, other, made, added, claim, due } = await start();
      const webhook = await made();
      const delivery = await added(webhook);
      await store.recordAttempt(delivery, { attempt: FAILED, status: 'failed', nextAttemptAt: undefined });
      await claim(FIRST, TEST_AT);
      await store.release({ ...webhook, holder: FIRST, notBefore: TEST_AT });
      expect(await claim(FIRST, at(4))).toEqual([]);
      const again = { status: 'pending', tries: 0, nextAttemptAt: at(5), attempts: [FAILED] };
      expect(await other.redeliver({ ...delivery, at: at(5) })).toMatchObject(again);
      expect(await store.getDelivery(delivery)).toMatchObject(again);
      expect(await due(webhook, at(5))).toEqual([delivery.deliveryId]);
      expect(await claim(FIRST, at(5))).toEqual([webhook.webhookId]);
      expect(await other.redeliver({ ...delivery, tenantId: 'globex', at: at(6) })).toBeUndefined();
      expect(await other.redeliver({ ...deliveryTo(webhook), at: at(6) })).toBeUndefined();
    });

    it('gives a webhook that is due to one of many, until its lease has expired', async () => {
      const { store, other, made, added, claim } = await start();
      const webhook = await made();
      await added(webhook);
      expect(await claim(FIRST, at(-1))).toEqual([]);
      const claims = await atOnce(8, (index) =>
        claim(`holder-${index}`, TEST_AT, 9, index % 2 === 0 ? store : other),
      );
      expect(claims.flat()).toEqual([webhook.webhookId]);
      await added(webhook, { nextAttemptAt: at(1) });
      expect(await claim(SECOND, at(LEASE_MS - 1))).toEqual([]);
      expect(await claim(SECOND, at(LEASE_MS))).toEqual([webhook.webhookId]);
    });

    it('is due again when its next delivery is, but not before it was said', async () => {
      const { store, other, made, added, claim } = await start();
      const webhook = await made();
      await added(webhook, { nextAttemptAt: at(10_000) });
      expect(await claim(FIRST, at(10_000))).toEqual([webhook.webhookId]);
      await other.release({ ...webhook, holder: SECOND, notBefore: at(10_000) });
      expect(await claim(SECOND, at(10_001))).toEqual([]);
      await other.release({ ...webhook, holder: FIRST, notBefore: at(20_000) });
      expect(await claim(SECOND, at(19_999))).toEqual([]);
      await added(webhook, { nextAttemptAt: at(19_999) });
      expect(await claim(SECOND, at(19_999))).toEqual([]);
      expect(await claim(SECOND, at(20_000))).toEqual([webhook.webhookId]);
      await store.release({ ...webhook, holder: SECOND, notBefore: at(20_000) });
      expect(await claim(FIRST, at(20_000))).toEqual([webhook.webhookId]);
    });

    it('is due no more when nothing is pending, and again with what is added while somebody had it', async () => {
      const { store, made, added, claim } = await start();
      const webhook = await made();
      const delivery = await added(webhook);
      await claim(FIRST, TEST_AT);
      await store.recordAttempt(delivery, { attempt: TAKEN, status: 'delivered', nextAttemptAt: undefined });
      const late = await added(webhook, { nextAttemptAt: at(1) });
      await store.release({ ...webhook, holder: FIRST, notBefore: at(1) });
      expect(await claim(FIRST, at(1))).toEqual([webhook.webhookId]);
      await store.recordAttempt(late, { attempt: TAKEN, status: 'delivered', nextAttemptAt: undefined });
      await store.release({ ...webhook, holder: FIRST, notBefore: at(1) });
      expect(await claim(FIRST, LATER)).toEqual([]);
    });

    it('loses nothing that is added at the moment of the release', async () => {
      const { store, other, made, added, claim } = await start();
      const webhook = await made();
      const delivery = await added(webhook);
      await claim(FIRST, TEST_AT);
      await store.recordAttempt(delivery, { attempt: TAKEN, status: 'delivered', nextAttemptAt: undefined });
      await Promise.all([
        other.release({ ...webhook, holder: FIRST, notBefore: at(1) }),
        atOnce(4, async () => added(webhook, { nextAttemptAt: at(1) })),
      ]);
      expect(await claim(SECOND, at(LEASE_MS))).toEqual([webhook.webhookId]);
    });

    it('takes turns: who was due longest goes first, and no more than asked for', async () => {
      const { store, made, added, claim } = await start();
      const [slow, quick] = [await made(), await made({ tenantId: 'globex' })];
      await added(slow, { nextAttemptAt: at(1) });
      await added(slow, { nextAttemptAt: at(1) });
      await added(quick, { nextAttemptAt: at(2) });
      expect(await claim(FIRST, at(5), 1)).toEqual([slow.webhookId]);
      await store.release({ ...slow, holder: FIRST, notBefore: at(5) });
      expect(await claim(FIRST, at(6), 1)).toEqual([quick.webhookId]);
    });

    it('is not due while it is disabled, and goes on where it was', async () => {
      const { store, other, made, added, claim, due } = await start();
      const webhook = await made();
      const delivery = await added(webhook);
      await claim(FIRST, TEST_AT);
      await store.update({ ...webhook, change: { status: 'disabled', updatedAt: at(1) } });
      await other.release({ ...webhook, holder: FIRST, notBefore: at(1) });
      await other.redeliver({ ...delivery, at: at(2) });
      expect(await claim(SECOND, LATER)).toEqual([]);
      await store.update({ ...webhook, change: { status: 'active', updatedAt: at(3) } });
      expect(await due(webhook, at(3))).toEqual([delivery.deliveryId]);
      expect(await claim(SECOND, at(3))).toEqual([webhook.webhookId]);
    });
  });
}

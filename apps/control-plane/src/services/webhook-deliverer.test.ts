import { LIMITS } from '@outpost/contracts';
import type { ControlPlatform } from '@outpost/platform';
import { TEST_EPOCH_MS } from '@outpost/platform/testing';
import { Webhook as Verifier } from 'standardwebhooks';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { WebhookFleet } from '../testing/webhook-fleet.js';
import type { ReceivedRequest } from '../testing/webhook-receiver.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const LEASE_MS = 90_000;
/** Of one dispatch that ran. */
const TYPES = ['dispatch.pending', 'dispatch.started', 'dispatch.completed', 'dispatch.cost'];

let fleet: WebhookFleet;
beforeEach(async () => {
  fleet = await WebhookFleet.open();
});
afterEach(async () => {
  vi.useRealTimers();
  await fleet.close();
});

const headersOf = ({ headers }: ReceivedRequest) => headers as Record<string, string>;

describe('an event', () => {
  it('reaches the webhooks of its tenant that want it, once each', async () => {
    const [all, ends, foreign] = [await fleet.receiver(), await fleet.receiver(), await fleet.receiver()];
    await fleet.webhook(all);
    await fleet.webhook(ends, { events: ['dispatch.completed', 'dispatch.failed'] });
    await fleet.webhook(foreign, { tenantId: 'globex' });
    const { dispatchId } = await fleet.ended();
    await fleet.round();
    await fleet.later(DAY_MS);
    expect([...all.types].toSorted()).toEqual(TYPES.toSorted());
    for (const { event } of all.requests) expect(event).toMatchObject({ tenantId: 'acme', dispatchId });
    expect(ends.types).toEqual(['dispatch.completed']);
    expect(foreign.types).toEqual([]);
  });

  it('is signed as Standard Webhooks has it', async () => {
    vi.useFakeTimers({ now: TEST_EPOCH_MS, toFake: ['Date'] });
    const receiver = await fleet.receiver();
    const { secret } = await fleet.webhook(receiver, { events: ['dispatch.cost'] });
    const { dispatchId } = await fleet.ended();
    await fleet.round();
    const [request] = receiver.requests;
    const headers = headersOf(request!);
    expect(new Verifier(secret).verify(request!.body, headers)).toEqual(request!.event);
    expect(headers).toMatchObject({
      'webhook-id': dispatchId,
      'webhook-timestamp': String(TEST_EPOCH_MS / 1_000),
      'content-type': 'application/json',
    });
    const other = `whsec_${Buffer.alloc(32).toString('base64')}`;
    expect(() => new Verifier(other).verify(request!.body, headers)).toThrow('No matching signature');
    expect(() => new Verifier(secret).verify(`${request!.body} `, headers)).toThrow('No matching signature');
  });

  it('is signed with both secrets until the overlap of a rotation is over', async () => {
    vi.useFakeTimers({ now: TEST_EPOCH_MS, toFake: ['Date'] });
    const receiver = await fleet.receiver();
    const { webhookId, secret: before } = await fleet.webhook(receiver, { events: ['dispatch.cost'] });
    const rotation = { tenantId: 'acme', webhookId, overlapSeconds: 3_600 };
    const { secret: after, ...shown } = await fleet.services.webhooks.rotate(rotation);
    expect(shown).toMatchObject({ previousSecretExpiresAt: new Date(TEST_EPOCH_MS + HOUR_MS).toISOString() });
    await fleet.ended();
    await fleet.round();
    const [during] = receiver.requests;
    for (const each of [before, after])
      expect(new Verifier(each).verify(during!.body, headersOf(during!))).toEqual(during!.event);
    vi.setSystemTime(TEST_EPOCH_MS + HOUR_MS);
    fleet.local.clock.advance(HOUR_MS);
    await fleet.ended();
    await fleet.round();
    const late = receiver.requests[1]!;
    expect(new Verifier(after).verify(late.body, headersOf(late))).toEqual(late.event);
    expect(() => new Verifier(before).verify(late.body, headersOf(late))).toThrow('No matching signature');
    expect(await fleet.services.webhooks.get({ tenantId: 'acme', webhookId })).not.toHaveProperty(
      'previousSecretExpiresAt',
    );
  });

  it('is not lost with the control plane that dies before it is handed on, or while it is', async () => {
    const receiver = await fleet.receiver();
    await fleet.webhook(receiver, { events: ['dispatch.completed'] });
    await fleet.ended();
    const { outbox, webhooks } = fleet.platform;
    const dying = async (parts: (die: () => Promise<never>) => Partial<ControlPlatform>): Promise<void> => {
      const dead = Promise.withResolvers<void>();
      const killed = fleet.openServices(
        parts(() => {
          dead.resolve();
          return new Promise(() => undefined);
        }),
      );
      void killed.reconciler.tick();
      await dead.promise;
      await killed.reconciler.release();
    };
    await dying((die) => ({ webhooks: { ...webhooks, addDelivery: die } }));
    await dying((die) => ({ outbox: { ...outbox, remove: die } }));
    await fleet.round();
    await fleet.later(DAY_MS);
    expect(receiver.types).toEqual(['dispatch.completed']);
  });
});

describe('a receiver', () => {
  it('that fails is tried again with more time each time, for a day; then the delivery has failed', async () => {
    const receiver = await fleet.receiver();
    const webhook = await fleet.webhook(receiver, { events: ['dispatch.cost'] });
    receiver.fail();
    await fleet.ended();
    await fleet.round();
    const [first] = await fleet.deliveries(webhook);
    expect(first).toMatchObject({
      status: 'pending',
      eventType: 'dispatch.cost',
      nextAttemptAt: new Date(TEST_EPOCH_MS + 5_000).toISOString(),
      attempts: [{ statusCode: 500, error: 'answered 500' }],
    });
    expect(JSON.stringify(first)).not.toContain('an inner thing');
    await fleet.later(4_999);
    expect(receiver.requests).toHaveLength(1);
    await fleet.later(1);
    expect(receiver.requests).toHaveLength(2);
    for (let hour = 0; hour < 30; hour += 0.1) await fleet.later(HOUR_MS / 10);
    expect(receiver.requests).toHaveLength(9);
    const [last] = await fleet.deliveries(webhook);
    expect(last).toMatchObject({ status: 'failed' });
    expect(last!.attempts).toHaveLength(9);
    expect(last).not.toHaveProperty('nextAttemptAt');
    expect(new Set(receiver.requests.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
  });

  it('that comes back gets what it has missed', async () => {
    const receiver = await fleet.receiver();
    const webhook = await fleet.webhook(receiver);
    receiver.fail(503);
    await fleet.ended();
    await fleet.round();
    expect(await fleet.services.webhooks.get({ tenantId: 'acme', ...webhook })).toMatchObject({
      failingSince: new Date(TEST_EPOCH_MS).toISOString(),
    });
    receiver.recover();
    await fleet.later(HOUR_MS);
    const deliveries = await fleet.deliveries(webhook);
    expect(deliveries.map(({ eventType }) => eventType).toSorted()).toEqual(TYPES.toSorted());
    for (const { status, attempts } of deliveries) {
      expect(status).toBe('delivered');
      expect(attempts.at(-1)).toMatchObject({ statusCode: 204 });
    }
    const healthy = await fleet.services.webhooks.get({ tenantId: 'acme', ...webhook });
    expect(healthy).not.toHaveProperty('failingSince');
  });

  it('that sends elsewhere is not followed', async () => {
    const [receiver, elsewhere] = [await fleet.receiver(), await fleet.receiver()];
    const webhook = await fleet.webhook(receiver, { events: ['dispatch.cost'] });
    receiver.answer = (response) => void response.writeHead(302, { location: elsewhere.url }).end();
    await fleet.ended();
    await fleet.round();
    expect(await fleet.deliveries(webhook)).toMatchObject([
      { status: 'pending', attempts: [{ statusCode: 302, error: expect.stringContaining('not followed') }] },
    ]);
    expect(elsewhere.requests).toEqual([]);
  });

  it('that fails for days is disabled with a reason, sent nothing more, and can be enabled again', async () => {
    const receiver = await fleet.receiver();
    const webhook = await fleet.webhook(receiver, { events: ['dispatch.cost'] });
    const key = { tenantId: 'acme', webhookId: webhook.webhookId };
    receiver.fail();
    await fleet.ended();
    await fleet.round();
    for (let day = 0; day < LIMITS.webhookFailingDays; day += 1) {
      await fleet.ended();
      await fleet.later(DAY_MS);
    }
    const disabled = await fleet.services.webhooks.get(key);
    expect(disabled).toMatchObject({
      status: 'disabled',
      disabledReason: expect.stringContaining('Every attempt has failed since 2026-11-23'),
    });
    receiver.recover();
    const sent = receiver.requests.length;
    await fleet.ended();
    await fleet.later(DAY_MS);
    expect(receiver.requests).toHaveLength(sent);
    const enabled = await fleet.services.webhooks.update({ ...key, status: 'active' });
    expect(enabled).toMatchObject({ status: 'active' });
    expect(enabled).not.toHaveProperty('disabledReason');
    await fleet.round();
    // What was on its way when it was disabled goes on; what happened meanwhile was not for it.
    expect(receiver.requests.length).toBeGreaterThan(sent);
    expect(await fleet.deliveries(webhook)).toHaveLength(LIMITS.webhookFailingDays + 1);
  });

  it('that is gone for good says so with 410', async () => {
    const receiver = await fleet.receiver();
    const webhook = await fleet.webhook(receiver, { events: ['dispatch.cost'] });
    receiver.fail(410);
    await fleet.ended();
    await fleet.round();
    expect(await fleet.services.webhooks.get({ tenantId: 'acme', ...webhook })).toMatchObject({
      status: 'disabled',
      disabledReason: expect.stringContaining('410 Gone'),
    });
  });

  it('that hangs does not hold up another', async () => {
    const [slow, quick] = [await fleet.receiver(), await fleet.receiver()];
    await fleet.webhook(slow);
    await fleet.webhook(quick, { tenantId: 'globex' });
    slow.hang();
    await fleet.ended();
    await fleet.ended('globex');
    await fleet.services.reconciler.tick();
    await Promise.all([slow.received(1), quick.received(TYPES.length)]);
    // Four at a time to one receiver.
    expect(slow.requests.length).toBeLessThanOrEqual(4);
    slow.close();
    await fleet.services.deliverer.settled();
  });

  it('of a tenant that is suspended is sent nothing, and afterwards all', async () => {
    await fleet.services.tenants.create({ tenantId: 'acme' });
    const receiver = await fleet.receiver();
    const webhook = await fleet.webhook(receiver, { events: ['dispatch.cost'] });
    await fleet.services.tenants.update('acme', { status: 'suspended' });
    await fleet.ended();
    await fleet.round();
    await fleet.later(DAY_MS);
    expect(receiver.requests).toEqual([]);
    expect(await fleet.deliveries(webhook)).toMatchObject([{ status: 'pending', attempts: [] }]);
    await fleet.services.tenants.update('acme', { status: 'active' });
    await fleet.later(HOUR_MS);
    expect(receiver.types).toEqual(['dispatch.cost']);
  });
});

describe('of two control planes', () => {
  it('one sends', async () => {
    const receiver = await fleet.receiver();
    await fleet.webhook(receiver);
    const other = fleet.openServices();
    for (let count = 0; count < 3; count += 1) await fleet.ended();
    await Promise.all([fleet.round(), fleet.round(other)]);
    await Promise.all([fleet.later(HOUR_MS), fleet.round(other)]);
    const ids = receiver.requests.map(({ headers }) => headers['webhook-id']);
    expect(ids).toHaveLength(3 * TYPES.length);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('the other goes on when one is killed while it sends, and sends that again', async () => {
    const receiver = await fleet.receiver();
    const webhook = await fleet.webhook(receiver, { events: ['dispatch.cost'] });
    const killed = fleet.openServices({
      webhookSender: {
        problemWith: async () => undefined,
        send: () => new Promise(() => undefined),
      },
    });
    await fleet.ended();
    await killed.reconciler.tick();
    await killed.reconciler.release();
    await fleet.round();
    expect(receiver.requests).toEqual([]);
    await fleet.later(LEASE_MS);
    expect(receiver.types).toEqual(['dispatch.cost']);
    expect(await fleet.deliveries(webhook)).toMatchObject([{ status: 'delivered' }]);
  });
});

describe('a delivery', () => {
  it('is sent once more when that is asked for, under the same id', async () => {
    const receiver = await fleet.receiver();
    const webhook = await fleet.webhook(receiver, { events: ['dispatch.cost'] });
    const { webhookId } = webhook;
    await fleet.ended();
    await fleet.round();
    const { deliveryId } = (await fleet.deliveries(webhook))[0]!;
    const again = await fleet.services.webhooks.redeliver({ tenantId: 'acme', webhookId, deliveryId });
    expect(again).toMatchObject({ deliveryId, status: 'pending' });
    expect(again).not.toHaveProperty('event');
    await fleet.services.deliverer.deliverDue();
    await fleet.services.deliverer.settled();
    expect(receiver.requests).toHaveLength(2);
    const [first, second] = receiver.requests.map(({ headers }) => headers['webhook-id']);
    expect(second).toBe(first);
    expect(await fleet.deliveries(webhook)).toMatchObject([{ status: 'delivered', attempts: [{}, {}] }]);
  });
});

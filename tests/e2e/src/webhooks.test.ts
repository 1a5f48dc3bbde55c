import { OutpostClient, unwrapWebhook } from '@outpost/client';
import {
  LIMITS,
  type AuditPage,
  type CreatedWebhook,
  type ErrorBody,
  type Webhook,
  type WebhookAttempt,
  type WebhookDelivery,
  type WebhookDeliveryPage,
} from '@outpost/contracts';
import {
  fakeAgentEnv,
  shellTask,
  SITES,
  startWebhookReceiver,
  until,
  type Outpost,
  type Site,
  type WebhookReceiver,
} from '@outpost/test-support';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';

const PUBLIC_URL = 'https://1.1.1.1/hook';
const TASK = { agent: 'claude', task: shellTask('true') };

describe.each(SITES)('webhooks on $name', ({ open }) => {
  let site: Site;
  let receiver: WebhookReceiver;
  let outpost: Outpost;
  let stranger: Outpost;
  let webhook: CreatedWebhook;

  beforeAll(async () => {
    [site, receiver] = [await open(), await startWebhookReceiver()];
    const env = { ...(await fakeAgentEnv(site.directory)), ...receiver.env };
    outpost = await site.start({ env });
    stranger = outpost.as(await site.tenantKey('globex', ['admin']));
    webhook = (await create({ url: receiver.url, description: 'CI' })).body as CreatedWebhook;
  });
  afterAll(async () => {
    await outpost.stop();
    await site.close();
    await receiver.close();
  });

  const create = (json: object, caller = outpost) =>
    caller.call<CreatedWebhook | ErrorBody>('POST', '/webhooks', { json });
  const path = (rest = '') => `/webhooks/${webhook.webhookId}${rest}`;
  const typesOf = (dispatchId: string) =>
    receiver.requests
      .filter(({ event }) => 'dispatchId' in event && event.dispatchId === dispatchId)
      .map(({ event }) => event.type);
  const deliveries = async (query = '') =>
    (await outpost.call<WebhookDeliveryPage>('GET', path(`/deliveries${query}`))).body;

  it('send every event of a dispatch, signed, and log it', async () => {
    const { dispatchId } = await outpost.dispatch(TASK);
    await outpost.ended(dispatchId);
    const types = ['dispatch.completed', 'dispatch.cost', 'dispatch.pending', 'dispatch.started'];
    await vi.waitUntil(() => new Set(typesOf(dispatchId)).size === types.length, { timeout: 20_000 });
    expect([...new Set(typesOf(dispatchId))].toSorted()).toEqual(types);
    for (const { body, headers, event } of receiver.requests) {
      expect(await unwrapWebhook(body, headers, webhook.secret)).toEqual(event);
      expect(headers['webhook-id']).toBe(event.eventId);
    }
    const logged = await until(async () => {
      const page = await deliveries('?limit=100');
      return page.deliveries.every(({ status }) => status === 'delivered') ? page.deliveries : undefined;
    });
    expect(logged.map(({ eventType }) => eventType).toSorted()).toEqual(types);
    for (const { attempts } of logged) expect(attempts.at(-1)).toMatchObject({ statusCode: 204 });
    const first = await deliveries('?limit=3');
    const second = await deliveries(`?limit=3&cursor=${first.nextCursor}`);
    expect([...first.deliveries, ...second.deliveries]).toEqual(logged);
    expect(second).not.toHaveProperty('nextCursor');
  });

  it('show their secret once', async () => {
    const { secret, ...shown } = webhook;
    expect(shown).toMatchObject({ url: receiver.url, description: 'CI', status: 'active' });
    expect((await outpost.call('GET', path())).body).toEqual(shown);
    expect((await outpost.call('GET', '/webhooks')).body).toEqual({ webhooks: [shown] });
    const log = await readFile(join(outpost.dataDir, 'control-plane.out'), 'utf8');
    expect(log).not.toContain(secret);
    const { body: audit } = await outpost.call<AuditPage>('GET', '/audit?action=webhook.create');
    expect(audit.entries).toMatchObject([{ outcome: 'success', actor: { kind: 'api_key' } }]);
    expect(JSON.stringify(audit)).not.toContain(secret);
  });

  it('are tried at once, and say what came of it', async () => {
    const attempt = await outpost.call<WebhookAttempt>('POST', path('/test'));
    expect(attempt).toMatchObject({ status: 200, body: { statusCode: 204 } });
    expect(attempt.body).not.toHaveProperty('error');
    const { event, body, headers } = receiver.requests.at(-1)!;
    expect(event).toMatchObject({ type: 'webhook.test', webhookId: webhook.webhookId });
    expect(await unwrapWebhook(body, headers, webhook.secret)).toEqual(event);
    receiver.answer(500);
    const failed = await outpost.call<WebhookAttempt>('POST', path('/test'));
    expect(failed.body).toMatchObject({ statusCode: 500, error: 'answered 500' });
    receiver.answer(204);
  });

  it('send once more what is asked for', async () => {
    const { deliveryId, eventId } = (await deliveries()).deliveries[0]!;
    const before = receiver.requests.filter(({ event }) => event.eventId === eventId).length;
    const redelivered = await outpost.call<WebhookDelivery>(
      'POST',
      path(`/deliveries/${deliveryId}/redeliver`),
    );
    expect(redelivered).toMatchObject({ status: 202, body: { deliveryId, eventId, status: 'pending' } });
    await vi.waitUntil(
      () => receiver.requests.filter(({ event }) => event.eventId === eventId).length === before + 1,
      { timeout: 20_000 },
    );
    const absent = path(`/deliveries/01K4ZJ8W2T6V0Q9S3R5X7Y1B2C/redeliver`);
    expect((await outpost.call('POST', absent)).status).toBe(404);
  });

  it('are changed, and refuse to redeliver while they are disabled', async () => {
    const change = (json: object) => outpost.call<Webhook>('PATCH', path(), { json });
    expect((await change({ events: ['dispatch.failed'], description: null })).body).toMatchObject({
      events: ['dispatch.failed'],
      status: 'active',
    });
    const disabled = (await change({ status: 'disabled' })).body;
    expect(disabled).toMatchObject({ status: 'disabled' });
    expect(disabled).not.toHaveProperty('description');
    const { deliveryId } = (await deliveries()).deliveries[0]!;
    const refused = await outpost.call<ErrorBody>('POST', path(`/deliveries/${deliveryId}/redeliver`));
    expect(refused).toMatchObject({ status: 409, body: { error: { code: 'CONFLICT' } } });
    const active = (await change({ status: 'active', events: null })).body;
    expect(active).not.toHaveProperty('events');
  });

  it('sign with both secrets after a rotation', async () => {
    const json = { overlapSeconds: 3_600 };
    const rotated = await outpost.call<CreatedWebhook>('POST', path('/rotate'), { json });
    expect(rotated.status).toBe(200);
    expect(rotated.body.secret).not.toBe(webhook.secret);
    expect(rotated.body.previousSecretExpiresAt).toBeDefined();
    await outpost.call('POST', path('/test'));
    const { body, headers, event } = receiver.requests.at(-1)!;
    for (const secret of [webhook.secret, rotated.body.secret])
      expect(await unwrapWebhook(body, headers, secret)).toEqual(event);
  });

  it.each([
    ['a private address', 'https://10.0.0.1/', 'is on a host that is not on the public internet: 10.0.0.1'],
    ['the metadata of a cloud', 'https://0xa9fea9fe/latest', 'not on the public internet: 169.254.169.254'],
    ['a name of this machine', 'https://localhost/', 'not on the public internet: localhost'],
    ['a password in it', 'https://user:pass@1.1.1.1/', 'must have no user name or password in it'],
    ['an empty user name in it', 'https://@1.1.1.1/', 'must have no user name or password in it'],
    ['another scheme', 'ftp://1.1.1.1/', 'must be an https URL'],
    ['two readings', 'https://1.1.1.1\\@10.0.0.1/', 'must be an https URL'],
    ['a fragment', 'https://1.1.1.1/#here', 'must have no fragment'],
    ['no host', 'https:///hook', 'must be an https URL'],
  ])('lead to no URL with %s', async (_, url, message) => {
    const answer = (await create({ url })).body as ErrorBody;
    expect(answer.error).toMatchObject({ code: 'VALIDATION_ERROR', details: [{ path: 'body.url' }] });
    expect(answer.error.message).toContain(message);
    const patched = await outpost.call<ErrorBody>('PATCH', path(), { json: { url } });
    expect(patched.body.error.message).toContain(message);
  });

  it('by http are for local mode', async () => {
    const { status, body } = await create({ url: 'http://1.1.1.1/' }, stranger);
    if (site.name === 'local') expect(status).toBe(201);
    else expect((body as ErrorBody).error.message).toContain('must be an https URL');
  });

  it('are so many and no more', async () => {
    const { body: before } = await stranger.call<{ webhooks: Webhook[] }>('GET', '/webhooks');
    for (let count = before.webhooks.length; count < LIMITS.webhooksMax; count += 1)
      expect((await create({ url: PUBLIC_URL }, stranger)).status).toBe(201);
    const refused = await create({ url: PUBLIC_URL }, stranger);
    expect(refused).toMatchObject({ status: 409, body: { error: { code: 'CONFLICT' } } });
    expect((await create({ url: PUBLIC_URL })).status).toBe(201);
  });

  it('are gone with their deliveries, and were never there for another tenant', async () => {
    expect((await stranger.call('DELETE', path())).status).toBe(404);
    const client = new OutpostClient({ baseUrl: outpost.url, apiKey: outpost.apiKey });
    expect(await client.webhooks.delete(webhook.webhookId)).toMatchObject({ webhookId: webhook.webhookId });
    for (const rest of ['', '/deliveries']) expect((await outpost.call('GET', path(rest))).status).toBe(404);
  });
});

import { unwrapWebhook } from '@outpost/client';
import type { CreatedWebhook, Webhook, WebhookAttempt, WebhookDeliveryPage } from '@outpost/contracts';
import { shellTask, startWebhookReceiver, until, type WebhookReceiver } from '@outpost/test-support';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openCliWorld, type CliWorld } from './cli/cli-world.js';
import { cliJson, runCli } from './cli/run-cli.js';

describe('outpost webhooks', () => {
  let world: CliWorld;
  let receiver: WebhookReceiver;
  let webhook: CreatedWebhook;
  const webhooks = async (...args: string[]) => runCli(['webhooks', ...args], world.options);
  const asJson = async <T>(...args: string[]) => cliJson<T>(['webhooks', ...args], world.options);

  beforeAll(async () => {
    receiver = await startWebhookReceiver();
    world = await openCliWorld({ controlPlane: receiver.env });
    webhook = await asJson('create', receiver.url, '--event', 'dispatch.completed', '--description', 'CI');
  });
  afterAll(async () => {
    await world.outpost.stop();
    await receiver.close();
  });

  it('are made, listed and shown, with the secret once', async () => {
    const { webhookId, url, secret } = webhook;
    expect(webhook).toMatchObject({ url: receiver.url, events: ['dispatch.completed'], description: 'CI' });
    const listed = await webhooks('list');
    expect(listed.stdout).toMatch(
      new RegExp(`^${webhookId}  ${url}  dispatch\\.completed  active +CI$`, 'm'),
    );
    expect((await asJson<{ webhooks: Webhook[] }>('list')).webhooks).toHaveLength(1);
    const shown = await webhooks('show', webhookId);
    expect(shown.stdout).toMatch(/^description +CI$/m);
    expect(listed.stdout + shown.stdout).not.toContain(secret);
    const other = await webhooks('create', receiver.url);
    expect(other.stdout).toMatch(/^secret +whsec_\S+$/m);
    expect(other.stdout).toMatch(/^events +all$/m);
    expect(other.stdout).toContain('not shown again');
    const id = /^webhook +(\S+)$/m.exec(other.stdout)![1]!;
    expect((await webhooks('delete', id)).stdout).toBe(`Deleted ${id} (${url}).`);
    expect(await webhooks('show', id)).toMatchObject({
      exitCode: 5,
      stderr: expect.stringContaining('What there is: outpost webhooks list') as string,
    });
  });

  it('are tried at once; the exit code says whether it was taken', async () => {
    const { webhookId } = webhook;
    const taken = await webhooks('test', webhookId);
    expect(taken).toMatchObject({ exitCode: 0 });
    expect(taken.stdout).toMatch(/^Taken: answered 204, after \d+ ms\.$/);
    receiver.answer(500);
    const refused = await webhooks('test', webhookId, '--json');
    receiver.answer(204);
    expect(refused.exitCode).toBe(1);
    expect(JSON.parse(refused.stdout) as WebhookAttempt).toMatchObject({
      statusCode: 500,
      error: 'answered 500',
    });
  });

  it('have their deliveries in pages, and send one once more', async () => {
    const { webhookId } = webhook;
    for (let count = 0; count < 2; count += 1) await world.completed(shellTask('true'));
    const delivered = async () => {
      const page = await asJson<WebhookDeliveryPage>('deliveries', webhookId);
      const { deliveries } = page;
      return deliveries.length === 2 && deliveries.every(({ status }) => status === 'delivered')
        ? page
        : undefined;
    };
    const { deliveries } = await until(delivered);
    const [newest] = deliveries;
    const first = await webhooks('deliveries', webhookId, '--limit', '1');
    expect(first.stdout).toMatch(
      new RegExp(
        `^${newest!.deliveryId}  dispatch\\.completed  ${newest!.dispatchId}  delivered .* answered 204$`,
        'm',
      ),
    );
    expect(first.stdout).not.toContain(deliveries[1]!.deliveryId);
    const cursor = /--cursor (\S+)$/.exec(first.stderr)![1]!;
    const second = await webhooks('deliveries', webhookId, '--cursor', cursor);
    expect(second.stdout).toContain(deliveries[1]!.deliveryId);
    expect(second.stdout).not.toContain(newest!.deliveryId);
    const before = receiver.requests.length;
    const again = await webhooks('redeliver', webhookId, newest!.deliveryId);
    expect(again.stdout).toMatch(/^status +pending$/m);
    await until(async () => receiver.requests.length > before || undefined);
    expect(receiver.requests.at(-1)!.event.eventId).toBe(newest!.eventId);
  });

  it('change, are disabled and go on', async () => {
    const { webhookId } = webhook;
    const changed = await asJson<Webhook>('update', webhookId, '--all-events', '--description', '');
    expect(changed).not.toHaveProperty('events');
    expect(changed).not.toHaveProperty('description');
    expect((await webhooks('update', webhookId, '--status', 'disabled')).stdout).toMatch(
      /^status +disabled$/m,
    );
    const events = ['--event', 'dispatch.failed', 'dispatch.timeout'];
    expect(await asJson<Webhook>('update', webhookId, '--status', 'active', ...events)).toMatchObject({
      status: 'active',
      events: ['dispatch.failed', 'dispatch.timeout'],
    });
    const { secret } = await asJson<CreatedWebhook>('rotate', webhookId, '--overlap', '0');
    expect(secret).not.toBe(webhook.secret);
    await webhooks('test', webhookId);
    const { body, headers, event } = receiver.requests.at(-1)!;
    expect(await unwrapWebhook(body, headers, secret)).toEqual(event);
  });

  it.each([
    [
      ['create', 'https://ci.example.com/x', '-e', 'dispatch.exploded'],
      'Allowed choices are dispatch.queued',
    ],
    [['create', 'ci.example.com'], 'must be an https URL'],
    [['update', '0fb6b7c6-5f5e-4d10-9f3e-1a2b3c4d5e6f'], 'Say what to change: --url'],
    [['update', 'x', '--all-events', '--event', 'dispatch.failed'], 'cannot be used with'],
    [['show', 'nonsense'], 'webhookId'],
  ])('outpost webhooks %j is refused, and says why', async (args, message) => {
    const result = await webhooks(...args);
    expect(result).toMatchObject({ exitCode: 2, stdout: '' });
    expect(result.stderr).toContain(message);
  });
});

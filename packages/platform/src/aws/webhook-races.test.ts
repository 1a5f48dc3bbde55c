import { describe, expect, it, onTestFinished } from 'vitest';
import { hasDynamoDb } from '../testing/aws/dynamodb.js';
import { startTestTables } from '../testing/aws/dynamodb-harness.js';
import { deliveryTo, webhookOf } from '../testing/webhook-store-conformance.js';
import { createAwsWebhookStore } from './webhook-store.js';

const NOW = '2026-11-23T12:00:00.000Z';
const LEASE = { now: NOW, leaseUntil: '2026-11-23T12:01:00.000Z', limit: 9 };
const AFTER = '2026-11-23T12:01:00.000Z';

describe.skipIf(!hasDynamoDb())('the release of a webhook in DynamoDB', () => {
  it('loses nothing that is added after it has looked at what is pending, and before it writes', async () => {
    const { connect, cleanup } = await startTestTables();
    onTestFinished(cleanup);
    const store = createAwsWebhookStore({ dynamodb: connect() });
    const webhook = webhookOf();
    await store.create(webhook, { max: 1 });
    const [first, late] = [deliveryTo(webhook), deliveryTo(webhook)];
    await store.addDelivery(first);
    await store.claimDue({ ...LEASE, holder: 'a' });
    const attempt = { at: NOW, durationMs: 1, statusCode: 204 };
    await store.recordAttempt(first, { attempt, status: 'delivered', nextAttemptAt: undefined });
    const dynamodb = connect();
    let looks = 0;
    dynamodb.middlewareStack.add(
      (next, { commandName }) =>
        async (args) => {
          const result = await next(args);
          if (commandName === 'QueryCommand' && (looks += 1) === 1) await store.addDelivery(late);
          return result;
        },
      { step: 'initialize' },
    );
    await createAwsWebhookStore({ dynamodb }).release({ ...webhook, holder: 'a', notBefore: AFTER });
    expect(looks).toBe(2);
    const leaseUntil = '2026-11-23T12:02:00.000Z';
    const claimed = await store.claimDue({ ...LEASE, now: AFTER, leaseUntil, holder: 'b' });
    expect(claimed).toMatchObject([{ webhookId: webhook.webhookId }]);
    expect(await store.dueDeliveries({ ...webhook, now: AFTER, limit: 9 })).toEqual([late]);
  });
});

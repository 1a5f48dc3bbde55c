import { GetCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { randomUUID } from 'node:crypto';
import type { StoredWebhook, WebhookChange, WebhookKey, WebhookStore } from '../ports/index.js';
import { BACKOFF, untilUncontended, type Backoff } from './contention.js';
import { partition } from './control-partition.js';
import { isNamed } from './errors.js';
import { Expression } from './expression.js';
import { queryItems } from './query-pages.js';
import { TABLES } from './tables.js';
import { transact } from './transact.js';
import {
  addDelivery,
  dueDeliveries,
  findDelivery,
  listDeliveries,
  recordAttempt,
  redeliver,
  removeDeliveries,
} from './webhook-deliveries.js';
import { claimDue, release, wake } from './webhook-leases.js';
import {
  DUE,
  timeKey,
  webhookCountKey,
  webhookOf,
  webhookRowKey,
  webhooksPartition,
  type WebhookContext,
} from './webhook-rows.js';

const { name: TableName } = TABLES.control;

export interface AwsWebhookStoreOptions {
  readonly dynamodb: DynamoDBDocumentClient;
  readonly backoff?: Backoff;
}

/** In rows of outpost-control that no worker may touch, as the secrets are among them. */
export function createAwsWebhookStore({ dynamodb, backoff = BACKOFF }: AwsWebhookStoreOptions): WebhookStore {
  const context: WebhookContext = { dynamodb, backoff, newId: randomUUID };
  return {
    create: (webhook, { max }) => createWebhook(context, webhook, max),
    get: (key) => findWebhook(context, key),
    async list({ tenantId }) {
      const webhooks: StoredWebhook[] = [];
      for await (const item of queryItems(context, partition(webhooksPartition(tenantId))))
        webhooks.push(webhookOf(item));
      return webhooks.toSorted((a, b) => (ageOf(a) < ageOf(b) ? -1 : 1));
    },
    update: ({ change, ...key }) => updateWebhook(context, key, change),
    remove: (key) => removeWebhook(context, key),
    async addDelivery(delivery) {
      await addDelivery(context, delivery);
      if (delivery.nextAttemptAt !== undefined) await wake(context, delivery, delivery.nextAttemptAt);
    },
    getDelivery: (key) => findDelivery(context, key),
    listDeliveries: (params) => listDeliveries(context, params),
    async redeliver({ at, ...key }) {
      const delivery = await redeliver(context, key, at);
      if (delivery !== undefined) await wake(context, key, at);
      return delivery;
    },
    claimDue: (params) => claimDue(context, params),
    dueDeliveries: (params) => dueDeliveries(context, params),
    recordAttempt: (delivery, result) => recordAttempt(context, delivery, result),
    release: (params) => release(context, params),
  };
}

function ageOf({ createdAt, webhookId }: StoredWebhook): string {
  return timeKey(createdAt, webhookId);
}

/** The count is written with the row, so that of many at once no more than `max` come through. */
async function createWebhook(context: WebhookContext, webhook: StoredWebhook, max: number): Promise<boolean> {
  const expression = new Expression();
  const UpdateExpression = expression.update({ add: { held: 1 } });
  const hasRoom = [expression.isAbsent('held'), expression.compare('held', '<', max)].join(' OR ');
  const refusals = await transact(context, {
    webhook: { Put: { TableName, Item: { ...webhookRowKey(webhook), ...webhook, wakes: 0 } } },
    count: {
      Update: {
        TableName,
        Key: webhookCountKey(webhook.tenantId),
        UpdateExpression,
        ConditionExpression: hasRoom,
        ...expression.attributes(),
      },
    },
  });
  return refusals === undefined;
}

async function findWebhook(
  { dynamodb }: WebhookContext,
  key: WebhookKey,
): Promise<StoredWebhook | undefined> {
  const command = new GetCommand({ TableName, Key: webhookRowKey(key), ConsistentRead: true });
  const { Item } = await dynamodb.send(command);
  return Item && webhookOf(Item);
}

async function updateWebhook(
  { dynamodb, backoff }: WebhookContext,
  key: WebhookKey,
  change: WebhookChange,
): Promise<StoredWebhook | undefined> {
  const expression = new Expression();
  const { status, updatedAt = '' } = change;
  const due = status === 'active' ? { outbox: DUE, occurredAt: timeKey(updatedAt, key.webhookId) } : {};
  const remove = [
    ...Object.entries(change).flatMap(([field, value]) => (value === undefined ? [field] : [])),
    ...(status === 'disabled' ? ['outbox', 'occurredAt'] : []),
  ];
  const add = status === 'active' ? { wakes: 1 } : {};
  const command = new UpdateCommand({
    TableName,
    Key: webhookRowKey(key),
    UpdateExpression: expression.update({ set: { ...change, ...due }, add, remove }),
    ConditionExpression: expression.isPresent('pk'),
    ReturnValues: 'ALL_NEW',
    ...expression.attributes(),
  });
  try {
    const { Attributes = {} } = await untilUncontended(backoff, () => dynamodb.send(command));
    return webhookOf(Attributes);
  } catch (error) {
    if (isNamed(error, 'ConditionalCheckFailedException')) return undefined;
    throw error;
  }
}

async function removeWebhook(context: WebhookContext, key: WebhookKey): Promise<boolean> {
  const [count, row] = [new Expression(), new Expression()];
  const refusals = await transact(context, {
    webhook: {
      Delete: {
        TableName,
        Key: webhookRowKey(key),
        ConditionExpression: row.isPresent('pk'),
        ...row.attributes(),
      },
    },
    count: {
      Update: {
        TableName,
        Key: webhookCountKey(key.tenantId),
        UpdateExpression: count.update({ add: { held: -1 } }),
        ...count.attributes(),
      },
    },
  });
  if (refusals !== undefined) return false;
  await removeDeliveries(context, key);
  return true;
}

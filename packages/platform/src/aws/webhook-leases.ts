import { GetCommand, UpdateCommand, type UpdateCommandInput } from '@aws-sdk/lib-dynamodb';
import type { StoredWebhook, WebhookKey, WebhookStore } from '../ports/index.js';
import { isWritten } from './conditional-write.js';
import { untilUncontended } from './contention.js';
import { partition } from './control-partition.js';
import { isNamed } from './errors.js';
import { Expression, type Change } from './expression.js';
import { queryItems } from './query-pages.js';
import { TABLES } from './tables.js';
import {
  DUE,
  endOfTime,
  pendingPartition,
  timeKey,
  webhookOf,
  webhookRowKey,
  type DueState,
  type WebhookContext,
} from './webhook-rows.js';

const { name: TableName, indexes } = TABLES.control;
const [{ name: IndexName }] = indexes;

/** Of races lost in a row. Whoever loses them all leaves the lease to expire. */
const MAX_ROUNDS = 10;

/** Makes it due at `at`, unless it is disabled or gone. */
export async function wake(context: WebhookContext, key: WebhookKey, at: string): Promise<void> {
  const set = { outbox: DUE, occurredAt: timeKey(at, key.webhookId) };
  await change(context, key, { set, add: { wakes: 1 } }, (expression) => [
    expression.compare('status', '=', 'active'),
  ]);
}

/** The index is a moment behind, so that every claim is made on the row itself. */
export async function claimDue(
  context: WebhookContext,
  { now, leaseUntil, holder, limit }: Parameters<WebhookStore['claimDue']>[0],
): Promise<readonly StoredWebhook[]> {
  const expression = new Expression();
  const isDue = [
    expression.compare('outbox', '=', DUE),
    expression.compare('occurredAt', '<', endOfTime(now)),
  ];
  const query = {
    TableName,
    IndexName,
    KeyConditionExpression: isDue.join(' AND '),
    ...expression.attributes(),
  };
  const claimed: StoredWebhook[] = [];
  for await (const item of queryItems(context, query)) {
    if (claimed.length === limit) break;
    if (((item as Partial<DueState>).leaseUntil ?? '') > now) continue;
    const webhook = await claim(context, webhookOf(item), { now, leaseUntil, holder });
    if (webhook !== undefined) claimed.push(webhook);
  }
  return claimed;
}

async function claim(
  { dynamodb, backoff }: WebhookContext,
  key: WebhookKey,
  { now, leaseUntil, holder }: { readonly now: string; readonly leaseUntil: string; readonly holder: string },
): Promise<StoredWebhook | undefined> {
  const expression = new Expression();
  // It comes up again when the lease has expired, should its holder die.
  const set = { holder, leaseUntil, occurredAt: timeKey(leaseUntil, key.webhookId) };
  const isFree = [expression.isAbsent('leaseUntil'), expression.compare('leaseUntil', '<=', now)];
  const conditions = [
    expression.compare('outbox', '=', DUE),
    expression.compare('status', '=', 'active'),
    `(${isFree.join(' OR ')})`,
  ];
  const command = new UpdateCommand({
    TableName,
    Key: webhookRowKey(key),
    UpdateExpression: expression.update({ set }),
    ConditionExpression: conditions.join(' AND '),
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

/** Written on condition that nothing was added since it was looked at what is pending. */
export async function release(
  context: WebhookContext,
  { holder, notBefore, ...key }: Parameters<WebhookStore['release']>[0],
): Promise<void> {
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const state = await stateOf(context, key);
    if (state?.holder !== holder) return;
    const next = await nextPendingAt(context, key);
    const due =
      next === undefined
        ? { remove: ['holder', 'outbox', 'occurredAt'] }
        : {
            set: { occurredAt: timeKey(next > notBefore ? next : notBefore, key.webhookId) },
            remove: ['holder'],
          };
    const isReleased = await change(
      context,
      key,
      { ...due, set: { ...('set' in due && due.set), leaseUntil: notBefore } },
      (expression) => [
        expression.compare('holder', '=', holder),
        expression.compare('wakes', '=', state.wakes),
        // Disabled meanwhile, it has no time to be set.
        ...(next === undefined ? [] : [expression.isPresent('outbox')]),
      ],
    );
    if (isReleased) return;
    if (state.outbox === undefined) {
      await change(context, key, { remove: ['holder', 'leaseUntil'] }, (expression) => [
        expression.compare('holder', '=', holder),
      ]);
      return;
    }
  }
}

async function stateOf({ dynamodb }: WebhookContext, key: WebhookKey): Promise<DueState | undefined> {
  const command = new GetCommand({ TableName, Key: webhookRowKey(key), ConsistentRead: true });
  const { Item } = await dynamodb.send(command);
  return Item as DueState | undefined;
}

async function nextPendingAt(context: WebhookContext, key: WebhookKey): Promise<string | undefined> {
  for await (const { sk } of queryItems(context, { ...partition(pendingPartition(key)), Limit: 1 }))
    return String(sk).split('#')[0];
  return undefined;
}

/** False when a condition does not hold. */
async function change(
  { dynamodb, backoff }: WebhookContext,
  key: WebhookKey,
  written: Change,
  conditionsIn: (expression: Expression) => readonly string[],
): Promise<boolean> {
  const expression = new Expression();
  const input: UpdateCommandInput = {
    TableName,
    Key: webhookRowKey(key),
    UpdateExpression: expression.update(written),
    ConditionExpression: conditionsIn(expression).join(' AND '),
    ...expression.attributes(),
  };
  return isWritten(untilUncontended(backoff, () => dynamodb.send(new UpdateCommand(input))));
}

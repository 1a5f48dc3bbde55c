import { DeleteCommand, GetCommand } from '@aws-sdk/lib-dynamodb';
import { LIMITS } from '@outpost/contracts';
import { decodeCursor, encodeCursor } from '../paging/ulid-cursor.js';
import type { AttemptResult, DeliveryKey, StoredDelivery, WebhookKey, WebhookStore } from '../ports/index.js';
import { chunksOf, readControlRows } from './batch-read.js';
import { pauseBefore } from './contention.js';
import type { ControlKey } from './control-keys.js';
import { partition } from './control-partition.js';
import type { Item } from './dispatch-context.js';
import { Expression } from './expression.js';
import { queryItems } from './query-pages.js';
import { TABLES } from './tables.js';
import { transact, type Step } from './transact.js';
import {
  deliveriesPartition,
  deliveryOf,
  deliveryRowKey,
  endOfTime,
  pendingPartition,
  pendingRowKey,
  type WebhookContext,
} from './webhook-rows.js';

const { name: TableName } = TABLES.control;
const AT_A_TIME = 25;

/** With the row that says when it is to be sent. Does nothing when it is there already. */
export async function addDelivery(context: WebhookContext, delivery: StoredDelivery): Promise<void> {
  const expression = new Expression();
  const ConditionExpression = expression.isAbsent('pk');
  const Item = { ...deliveryRowKey(delivery), ...delivery };
  await transact(context, {
    delivery: { Put: { TableName, Item, ConditionExpression, ...expression.attributes() } },
    ...pendingStep(delivery, delivery.nextAttemptAt),
  });
}

export async function findDelivery(
  { dynamodb }: WebhookContext,
  key: DeliveryKey,
): Promise<StoredDelivery | undefined> {
  const command = new GetCommand({ TableName, Key: deliveryRowKey(key), ConsistentRead: true });
  const { Item } = await dynamodb.send(command);
  return Item && deliveryOf(Item, key);
}

export async function listDeliveries(
  context: WebhookContext,
  { limit, cursor, ...key }: Parameters<WebhookStore['listDeliveries']>[0],
): Promise<Awaited<ReturnType<WebhookStore['listDeliveries']>>> {
  const pk = deliveriesPartition(key);
  const query = cursor === undefined ? partition(pk) : partition(pk, { before: decodeCursor(cursor) });
  // One more than asked for tells whether there is a next page.
  const found: StoredDelivery[] = [];
  for await (const item of queryItems(context, { ...query, ScanIndexForward: false, Limit: limit + 1 })) {
    const delivery = deliveryOf(item, key);
    if (delivery !== undefined && found.push(delivery) > limit) break;
  }
  const deliveries = found.slice(0, limit);
  const last = deliveries.at(-1);
  const hasMore = found.length > limit && last !== undefined;
  return { deliveries, nextCursor: hasMore ? encodeCursor(last.deliveryId) : undefined };
}

/** A row of one that is gone, as by its time to live, is deleted on the way. */
export async function dueDeliveries(
  context: WebhookContext,
  { now, limit, ...key }: WebhookKey & { readonly now: string; readonly limit: number },
): Promise<readonly StoredDelivery[]> {
  const rows: Item[] = [];
  const query = partition(pendingPartition(key), { before: endOfTime(now) });
  for await (const item of queryItems(context, { ...query, Limit: limit }))
    if (rows.push(item) === limit) break;
  const found = await readControlRows(
    context,
    rows.map((row) => deliveryRowKey({ ...key, deliveryId: String(row['deliveryId']) })),
  );
  const byId = new Map(found.map((item) => [item.sk, deliveryOf(item, key)]));
  const due = rows.map((row) => byId.get(String(row['deliveryId'])));
  const stale = rows.filter((_, index) => due[index] === undefined);
  await removeRows(context, stale);
  return due.filter((delivery) => delivery !== undefined);
}

/** Does nothing to one that has another time by now, or none. */
export async function recordAttempt(
  context: WebhookContext,
  delivery: StoredDelivery,
  { attempt, status, nextAttemptAt }: AttemptResult,
): Promise<void> {
  await rewrite(context, delivery, {
    status,
    attempts: [...delivery.attempts, attempt].slice(-LIMITS.webhookAttemptsKept),
    tries: delivery.tries + 1,
    nextAttemptAt,
  });
}

export async function redeliver(
  context: WebhookContext,
  key: DeliveryKey,
  at: string,
): Promise<StoredDelivery | undefined> {
  for (let repeat = 0; ; repeat += 1) {
    const delivery = await findDelivery(context, key);
    if (delivery === undefined) return undefined;
    const written = { status: 'pending', tries: 0, nextAttemptAt: at } as const;
    if (await rewrite(context, delivery, { attempts: delivery.attempts, ...written }))
      return { ...delivery, ...written };
    // An attempt was recorded meanwhile.
    await pauseBefore(repeat, context.backoff);
  }
}

type Written = Pick<StoredDelivery, 'status' | 'attempts' | 'tries'> & {
  readonly nextAttemptAt: string | undefined;
};

/** With the row that says when it is to be sent. False when it is no longer as it was read. */
async function rewrite(
  context: WebhookContext,
  delivery: StoredDelivery,
  written: Written,
): Promise<boolean> {
  const { nextAttemptAt: before } = delivery;
  const { nextAttemptAt: after } = written;
  const expression = new Expression();
  const UpdateExpression = expression.update({
    set: { ...written },
    remove: after === undefined ? ['nextAttemptAt'] : [],
  });
  const isAsRead = [
    expression.isPresent('pk'),
    expression.compare('tries', '=', delivery.tries),
    expression.isStill('nextAttemptAt', before),
  ];
  const refusals = await transact(context, {
    delivery: {
      Update: {
        TableName,
        Key: deliveryRowKey(delivery),
        UpdateExpression,
        ConditionExpression: isAsRead.join(' AND '),
        ...expression.attributes(),
      },
    },
    ...pendingStep(delivery, after),
    ...(before !== undefined &&
      before !== after && { before: { Delete: { TableName, Key: pendingRowKey(delivery, before) } } }),
  });
  return refusals === undefined;
}

function pendingStep(
  delivery: StoredDelivery,
  nextAttemptAt: string | undefined,
): { readonly pending?: Step } {
  if (nextAttemptAt === undefined) return {};
  const { deliveryId, ttl } = delivery;
  const Item = { ...pendingRowKey(delivery, nextAttemptAt), deliveryId, ttl };
  return { pending: { Put: { TableName, Item } } };
}

/** All of them. */
export async function removeDeliveries(context: WebhookContext, key: WebhookKey): Promise<void> {
  for (const pk of [pendingPartition(key), deliveriesPartition(key)]) {
    const rows: Item[] = [];
    for await (const item of queryItems(context, partition(pk))) rows.push(item);
    await removeRows(context, rows);
  }
}

async function removeRows({ dynamodb }: WebhookContext, rows: readonly Item[]): Promise<void> {
  for (const chunk of chunksOf(AT_A_TIME, rows)) {
    const removals = chunk.map(({ pk, sk }) => {
      const Key = { pk, sk } as unknown as ControlKey;
      return dynamodb.send(new DeleteCommand({ TableName, Key }));
    });
    await Promise.all(removals);
  }
}

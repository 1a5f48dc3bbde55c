import {
  DeleteCommand,
  GetCommand,
  TransactWriteCommand,
  type DynamoDBDocumentClient,
} from '@aws-sdk/lib-dynamodb';
import { TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import { isDue, type PromotionKey, type PromotionRecord, type PromotionStore } from '../ports/index.js';
import { readControlRows } from './batch-read.js';
import { BACKOFF } from './contention.js';
import { duePromotionKey, DUE_PROMOTIONS_PARTITION, promotionKey, promotionPrefix } from './control-keys.js';
import { partition } from './control-partition.js';
import type { Item } from './dispatch-context.js';
import { Expression } from './expression.js';
import { queryItems } from './query-pages.js';
import { TABLES } from './tables.js';

const { name: TableName } = TABLES.control;

/** A row for each, out of the reach of workers; and while it is due a mark where the Reconciler looks. */
export function createAwsPromotionStore({
  dynamodb,
}: {
  readonly dynamodb: DynamoDBDocumentClient;
}): PromotionStore {
  const get = async (key: PromotionKey): Promise<PromotionRecord | undefined> => {
    const command = new GetCommand({ TableName, Key: promotionKey(key), ConsistentRead: true });
    return recordOf((await dynamodb.send(command)).Item);
  };
  const listOf: PromotionStore['listOf'] = async (key) => {
    const { pk, sk } = promotionPrefix(key);
    const records: PromotionRecord[] = [];
    for await (const item of queryItems({ dynamodb }, partition(pk, { prefix: sk })))
      records.push(recordOf(item)!);
    return records;
  };
  const removeOne = async (key: PromotionKey): Promise<void> => {
    // The mark first: one without its row would be looked for again and again.
    for (const Key of [duePromotionKey(key), promotionKey(key)])
      await dynamodb.send(new DeleteCommand({ TableName, Key }));
  };
  return {
    get,
    put: (record) => put(dynamodb, record),
    listOf,
    async listDue() {
      const marked: PromotionKey[] = [];
      for await (const mark of queryItems({ dynamodb }, partition(DUE_PROMOTIONS_PARTITION)))
        marked.push(mark as unknown as PromotionKey);
      const rows = await readControlRows({ dynamodb, backoff: BACKOFF }, marked.map(promotionKey));
      return rows.map((row) => recordOf(row)!);
    },
    async remove({ tenantId, dispatchId, branch }) {
      const key = { tenantId, dispatchId };
      if (branch !== undefined) return removeOne({ ...key, branch });
      for (const { shown } of await listOf(key)) await removeOne({ ...key, branch: shown.branch });
    },
  };
}

async function put(dynamodb: DynamoDBDocumentClient, record: PromotionRecord): Promise<boolean> {
  const { tenantId, version, ttl, shown } = record;
  const key = { tenantId, dispatchId: shown.dispatchId, branch: shown.branch };
  const expression = new Expression();
  const ConditionExpression = expression.isStill('version', version === 1 ? undefined : version - 1);
  const Item = { ...promotionKey(key), version, ttl, document: JSON.stringify(record) };
  const row = { Put: { TableName, Item, ConditionExpression, ...expression.attributes() } };
  const mark = isDue(record)
    ? { Put: { TableName, Item: { ...duePromotionKey(key), ...key, ttl } } }
    : { Delete: { TableName, Key: duePromotionKey(key) } };
  try {
    await dynamodb.send(new TransactWriteCommand({ TransactItems: [row, mark] }));
    return true;
  } catch (error) {
    // Of two at once on the same row, one has its transaction cancelled: the other was faster.
    if (error instanceof TransactionCanceledException && isLost(error)) return false;
    throw error;
  }
}

function isLost({ CancellationReasons = [] }: TransactionCanceledException): boolean {
  return CancellationReasons.some(
    ({ Code }) => Code === 'ConditionalCheckFailed' || Code === 'TransactionConflict',
  );
}

function recordOf(item: Item | undefined): PromotionRecord | undefined {
  return item && (JSON.parse(String(item['document'])) as PromotionRecord);
}

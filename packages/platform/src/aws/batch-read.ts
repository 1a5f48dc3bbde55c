import {
  BatchGetCommand,
  type BatchGetCommandInput,
  type BatchGetCommandOutput,
} from '@aws-sdk/lib-dynamodb';
import { pauseBefore } from './contention.js';
import type { ControlKey } from './control-keys.js';
import type { DispatchContext, Item } from './dispatch-context.js';
import { TABLES } from './tables.js';

/** DynamoDB takes no more keys in one request. */
const MAX_KEYS = 100;

type ReadContext = Pick<DispatchContext, 'dynamodb' | 'backoff'>;

/** Reads rows of outpost-control, strongly consistent; answers those that exist, in any order. No key may come twice. */
export function readControlRows(
  context: ReadContext,
  keys: readonly ControlKey[],
): Promise<readonly (Item & ControlKey)[]> {
  return readRows(context, TABLES.control.name, keys);
}

/** The same, of any table. */
export async function readRows<Key extends object>(
  context: ReadContext,
  table: string,
  keys: readonly Key[],
): Promise<readonly (Item & Key)[]> {
  const batches = await Promise.all(
    chunksOf(MAX_KEYS, keys).map((chunk) => readBatch(context, table, chunk)),
  );
  return batches.flat();
}

export function chunksOf<T>(size: number, items: readonly T[]): readonly (readonly T[])[] {
  const count = Math.ceil(items.length / size);
  return Array.from({ length: count }, (_, index) => items.slice(index * size, (index + 1) * size));
}

/** DynamoDB answers what it has room and throughput for, and names the rest. */
async function readBatch<Key extends object>(
  { dynamodb, backoff }: ReadContext,
  table: string,
  keys: readonly Key[],
): Promise<readonly (Item & Key)[]> {
  const rows: (Item & Key)[] = [];
  let asked: NonNullable<BatchGetCommandInput['RequestItems']> = {
    [table]: { Keys: [...keys], ConsistentRead: true },
  };
  for (let repeat = 0; ; repeat += 1) {
    const { Responses = {}, UnprocessedKeys = {} }: BatchGetCommandOutput = await dynamodb.send(
      new BatchGetCommand({ RequestItems: asked }),
    );
    rows.push(...((Responses[table] ?? []) as (Item & Key)[]));
    if ((UnprocessedKeys[table]?.Keys ?? []).length === 0) return rows;
    asked = UnprocessedKeys;
    await pauseBefore(repeat, backoff);
  }
}

import { DeleteCommand } from '@aws-sdk/lib-dynamodb';
import { isTerminal, type DispatchRecord } from '@outpost/contracts';
import type { DispatchKey } from '../ports/index.js';
import { untilUncontended } from './contention.js';
import type { DispatchContext } from './dispatch-context.js';
import { expiredQuery, idempotencyKeyOf, jobKey, readItem, recordOf } from './dispatch-items.js';
import { removeIdempotencyKey } from './idempotency-keys.js';
import { queryItems } from './query-pages.js';
import { TABLES } from './tables.js';

/** From an index that is behind by a moment, and costs what is answered. */
export async function listExpired(
  context: DispatchContext,
  { now, limit }: { readonly now: number; readonly limit: number },
): Promise<readonly DispatchRecord[]> {
  const records: DispatchRecord[] = [];
  for await (const item of queryItems(context, { ...expiredQuery(now), Limit: limit }))
    if (records.push(recordOf(item)) === limit) break;
  return records;
}

/** An end is final: what is one when it is read is one when it is deleted. */
export async function removeDispatch(context: DispatchContext, key: DispatchKey): Promise<void> {
  const item = await readItem(context, key);
  if (item === undefined || !isTerminal(recordOf(item).status)) return;
  const idempotencyKey = idempotencyKeyOf(item);
  // First: without the dispatch nobody would know of it.
  if (idempotencyKey !== undefined) await removeIdempotencyKey(context, { ...key, key: idempotencyKey });
  const command = new DeleteCommand({ TableName: TABLES.jobs.name, Key: jobKey(key) });
  await untilUncontended(context.backoff, () => context.dynamodb.send(command));
}

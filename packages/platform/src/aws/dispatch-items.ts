import { GetCommand } from '@aws-sdk/lib-dynamodb';
import { isTerminal, leftBehind, type DispatchMove, type DispatchRecord } from '@outpost/contracts';
import type { DispatchKey } from '../ports/index.js';
import type { DispatchContext, Item } from './dispatch-context.js';
import type { Change } from './expression.js';
import { isExpired } from './expiry.js';
import { TABLES } from './tables.js';

/**
 * An item is the record, attribute by attribute, and what no one outside of this driver sees: who made the last move
 * and the last annotation, to know our own write again when its answer was lost; and `keepUntil`, which becomes `ttl`
 * with the end. Until then DynamoDB must not delete the item: its slots would be held for ever.
 */
interface Hidden {
  readonly moveId?: string;
  readonly annotationId?: string;
  readonly keepUntil?: number;
}

export function jobKey({ tenantId, dispatchId }: DispatchKey): { tenantId: string; dispatchId: string } {
  return { tenantId, dispatchId };
}

export function newItem({ ttl, ...record }: DispatchRecord, moveId: string): Item {
  return { ...record, keepUntil: ttl, moveId } satisfies Item & Hidden;
}

export function recordOf(item: Item): DispatchRecord {
  const { moveId: _, annotationId: __, keepUntil, ...record } = item as Item & Hidden;
  return { ...(keepUntil !== undefined && { ttl: keepUntil }), ...record } as DispatchRecord;
}

/** What a move writes; `ttl` is asked for by an end. */
export function changeOf(params: {
  readonly move: DispatchMove;
  readonly moveId: string;
  readonly ttl?: number;
}): Change {
  const { move, moveId, ttl } = params;
  const { to, ...written } = move;
  const set = { ...written, status: to, moveId };
  return isTerminal(to)
    ? { set: { ...set, ttl }, remove: [...leftBehind(to), 'keepUntil', 'annotationId'] }
    : { set, remove: leftBehind(to) };
}

/** Whether this call wrote what stands there. */
export function isWrittenBy(item: Item, { moveId, annotationId }: Hidden): boolean {
  return (
    (moveId !== undefined && item['moveId'] === moveId) ||
    (annotationId !== undefined && item['annotationId'] === annotationId)
  );
}

export async function readDispatch(
  { dynamodb, clock }: Pick<DispatchContext, 'dynamodb' | 'clock'>,
  key: DispatchKey,
): Promise<DispatchRecord | undefined> {
  const { Item: item } = await dynamodb.send(
    new GetCommand({ TableName: TABLES.jobs.name, Key: jobKey(key), ConsistentRead: true }),
  );
  return item === undefined || isExpired(item, clock) ? undefined : recordOf(item);
}

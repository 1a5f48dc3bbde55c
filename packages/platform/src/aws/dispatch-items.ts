import { GetCommand, type QueryCommandInput } from '@aws-sdk/lib-dynamodb';
import { isTerminal, leftBehind, type DispatchMove, type DispatchRecord } from '@outpost/contracts';
import type { DispatchKey } from '../ports/index.js';
import { readRows } from './batch-read.js';
import type { DispatchContext, Item } from './dispatch-context.js';
import { Expression, type Change } from './expression.js';
import { isExpired } from './expiry.js';
import { TABLES } from './tables.js';

/**
 * DynamoDB itself deletes an ended dispatch no sooner than this after its time: by then it should have been removed, with
 * its artifacts and its log, which nobody would find without it.
 */
export const REMOVAL_GRACE_SECONDS = 7 * 86_400;

/** Where ended dispatches are found by the time that they are kept until. */
const ENDED = 'ended';

/**
 * An item is the record, attribute by attribute, and what no one outside of this driver sees: who made the last move
 * and the last annotation, to know our own write again when its answer was lost, and to see whether anything has changed
 * since; its idempotency key, which goes with it; `keepUntil`, which is the record's `ttl`. The item's own `ttl` comes
 * with the end, as does its place in the index of what has ended: before, DynamoDB must not delete it, as its slots would
 * be held for ever.
 */
interface Hidden {
  readonly moveId: string;
  readonly annotationId?: string;
  readonly idempotencyKey?: string;
  /** Epoch seconds. */
  readonly keepUntil: number;
  readonly retention?: typeof ENDED;
  /** `keepUntil` as text that sorts like it. */
  readonly expiresAt?: string;
}

/** What tells that an item is as it was read. */
export type Marks = Pick<Hidden, 'moveId' | 'annotationId'>;

export function jobKey({ tenantId, dispatchId }: DispatchKey): { tenantId: string; dispatchId: string } {
  return { tenantId, dispatchId };
}

export function newItem(
  { ttl, ...record }: DispatchRecord,
  hidden: Pick<Hidden, 'moveId' | 'idempotencyKey'>,
): Item {
  return { ...record, ...hidden, keepUntil: ttl } satisfies Item & Hidden;
}

export function recordOf(item: Item): DispatchRecord {
  const {
    moveId: _,
    annotationId: __,
    idempotencyKey: ___,
    retention: ____,
    expiresAt: _____,
    keepUntil: ttl,
    ...record
  } = item as Item & Hidden;
  return { ...record, ttl } as Item as DispatchRecord;
}

export function marksOf(item: Item): Marks {
  const { moveId, annotationId } = item as Item & Hidden;
  return { moveId, ...(annotationId !== undefined && { annotationId }) };
}

export function idempotencyKeyOf(item: Item): string | undefined {
  return (item as Item & Hidden).idempotencyKey;
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
  return isTerminal(to) && ttl !== undefined
    ? { set: { ...set, ...retentionOf(ttl) }, remove: [...leftBehind(to), 'annotationId'] }
    : { set, remove: leftBehind(to) };
}

function retentionOf(keepUntil: number): Item {
  return { ttl: keepUntil + REMOVAL_GRACE_SECONDS, retention: ENDED, expiresAt: sortable(keepUntil) };
}

/** Ended dispatches of all tenants that were to be kept no longer than until before `now` (epoch seconds), oldest first. */
export function expiredQuery(now: number): QueryCommandInput {
  const [, , { name: IndexName }] = TABLES.jobs.indexes;
  const expression = new Expression();
  const keys = [
    expression.compare('retention', '=', ENDED),
    expression.compare('expiresAt', '<', sortable(now)),
  ];
  const KeyConditionExpression = keys.join(' AND ');
  return { TableName: TABLES.jobs.name, IndexName, KeyConditionExpression, ...expression.attributes() };
}

function sortable(epochSeconds: number): string {
  return String(epochSeconds).padStart(12, '0');
}

/** Whether this call wrote what stands there. */
export function isWrittenBy(item: Item, { moveId, annotationId }: Partial<Marks>): boolean {
  return (
    (moveId !== undefined && item['moveId'] === moveId) ||
    (annotationId !== undefined && item['annotationId'] === annotationId)
  );
}

export async function readDispatch(
  context: Pick<DispatchContext, 'dynamodb' | 'clock'>,
  key: DispatchKey,
): Promise<DispatchRecord | undefined> {
  const item = await readItem(context, key);
  return item && recordOf(item);
}

export async function readDispatches(
  context: Pick<DispatchContext, 'dynamodb' | 'clock' | 'backoff'>,
  keys: readonly DispatchKey[],
): Promise<readonly DispatchRecord[]> {
  const items: readonly Item[] = await readRows(context, TABLES.jobs.name, keys.map(jobKey));
  return items.filter((item) => !isExpired(item, context.clock)).map(recordOf);
}

export async function readItem(
  { dynamodb, clock }: Pick<DispatchContext, 'dynamodb' | 'clock'>,
  key: DispatchKey,
): Promise<Item | undefined> {
  const { Item: item } = await dynamodb.send(
    new GetCommand({ TableName: TABLES.jobs.name, Key: jobKey(key), ConsistentRead: true }),
  );
  return item === undefined || isExpired(item, clock) ? undefined : item;
}

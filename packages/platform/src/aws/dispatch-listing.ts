import type { QueryCommandInput } from '@aws-sdk/lib-dynamodb';
import type { DispatchRecord, DispatchStatus } from '@outpost/contracts';
import { decodeCursor, encodeCursor, firstIdAt } from '../paging/ulid-cursor.js';
import type { DispatchPageResult, ListDispatchesParams } from '../ports/index.js';
import type { DispatchContext } from './dispatch-context.js';
import { recordOf } from './dispatch-items.js';
import { isExpired } from './expiry.js';
import { Expression } from './expression.js';
import { queryItems } from './query-pages.js';
import { TABLES } from './tables.js';

const { name: TableName, indexes } = TABLES.jobs;
const [BY_STATUS] = indexes;
/** Items to look at in one query where most may be left out. */
const FILTERED_PAGE_ITEMS = 200;

/**
 * A page, newest first. Also that of one user comes from the partition of the tenant: the index of users is behind by a
 * moment, sorts by a time that dispatches may share, and holds those of other tenants.
 */
export async function listDispatches(
  context: DispatchContext,
  params: ListDispatchesParams,
): Promise<DispatchPageResult> {
  const { limit, since } = params;
  const after = params.cursor === undefined ? undefined : decodeCursor(params.cursor);
  // DynamoDB refuses to start outside of what is asked for.
  if (after !== undefined && since !== undefined && after < firstIdAt(since))
    return { records: [], nextCursor: undefined };
  const records: DispatchRecord[] = [];
  for await (const item of queryItems(context, pageQuery(params, after))) {
    if (isExpired(item, context.clock)) continue;
    const last = records.at(-1);
    // One more than asked for tells that there is a next page.
    if (records.length === limit && last !== undefined)
      return { records, nextCursor: encodeCursor(last.dispatchId) };
    records.push(recordOf(item));
  }
  return { records, nextCursor: undefined };
}

function pageQuery(params: ListDispatchesParams, after: string | undefined): QueryCommandInput {
  const { tenantId, limit, since } = params;
  const expression = new Expression();
  const keys = [
    expression.compare('tenantId', '=', tenantId),
    ...(since === undefined ? [] : [expression.compare('dispatchId', '>=', firstIdAt(since))]),
  ];
  const filters = filtersOf(params, expression);
  return {
    TableName,
    ScanIndexForward: false,
    // Who was just told of a dispatch finds it.
    ConsistentRead: true,
    KeyConditionExpression: keys.join(' AND '),
    ...(filters.length > 0 && { FilterExpression: filters.join(' AND ') }),
    Limit: filters.length > 0 ? FILTERED_PAGE_ITEMS : limit + 1,
    ...(after !== undefined && { ExclusiveStartKey: { tenantId, dispatchId: after } }),
    ...expression.attributes(),
  };
}

function filtersOf(params: ListDispatchesParams, expression: Expression): readonly string[] {
  const { status, agent, repo, userId, since } = params;
  const filters = Object.entries({ status, agent, repo, userId })
    .filter(([, value]) => value !== undefined)
    .map(([attribute, value]) => expression.compare(attribute, '=', value));
  // The time in an id may be ahead of `createdAt`, when a clock was set back: ids never are.
  const created = since === undefined ? [] : [expression.compare('createdAt', '>=', inUtc(since))];
  return [...filters, ...created];
}

/** With milliseconds, as `createdAt` is: then text compares as time does. */
function inUtc(time: string): string {
  return new Date(time).toISOString();
}

/** In the order in which a dispatch passes through them: one that moves on meanwhile is met again, not missed. */
const PASSED_THROUGH: readonly DispatchStatus[] = [
  'QUEUED',
  'PENDING',
  'RUNNING',
  'COMPLETED',
  'FAILED',
  'TIMEOUT',
  'CANCELLED',
];

/** All in these states, oldest first. From an index that is behind by a moment. */
export async function listByStatus(
  context: DispatchContext,
  statuses: readonly DispatchStatus[],
): Promise<readonly DispatchRecord[]> {
  const found = new Map<string, DispatchRecord>();
  for (const status of PASSED_THROUGH.filter((each) => statuses.includes(each))) {
    for await (const item of queryItems(context, statusQuery(status))) {
      const record = recordOf(item);
      if (!isExpired(item, context.clock)) found.set(`${record.tenantId}#${record.dispatchId}`, record);
    }
  }
  return [...found.values()].toSorted((a, b) => (a.dispatchId < b.dispatchId ? -1 : 1));
}

function statusQuery(status: DispatchStatus): QueryCommandInput {
  const expression = new Expression();
  const KeyConditionExpression = expression.compare('status', '=', status);
  return { TableName, IndexName: BY_STATUS.name, KeyConditionExpression, ...expression.attributes() };
}

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
const [{ name: STATUS_INDEX }] = indexes;
const FILTERS = ['status', 'agent', 'repo', 'userId'] as const;

/** Read at a time where a filter leaves out most. */
const FILTERED_PAGE = 200;
const FIRST_ID = '0';
const LAST_ID = '7ZZZZZZZZZZZZZZZZZZZZZZZZZ';

/**
 * A page, newest first. Also of one user by the partition of the tenant: the index of users is a moment behind, and
 * cannot tell the order of dispatches of one millisecond.
 */
export async function listDispatches(
  context: DispatchContext,
  params: ListDispatchesParams,
): Promise<DispatchPageResult> {
  const { limit, cursor, since } = params;
  const after = cursor === undefined ? undefined : decodeCursor(cursor);
  const from = since === undefined ? FIRST_ID : firstIdAt(since);
  const records: DispatchRecord[] = [];
  // DynamoDB refuses a range that ends before it begins.
  if (after !== undefined && after < from) return { records, nextCursor: undefined };
  for await (const item of queryItems(context, pageQuery(params, [from, after ?? LAST_ID]))) {
    if (item['dispatchId'] === after || isExpired(item, context.clock)) continue;
    const last = records.at(-1);
    // One more than asked for tells that there is a next page.
    if (last !== undefined && records.length === limit)
      return { records, nextCursor: encodeCursor(last.dispatchId) };
    records.push(recordOf(item));
  }
  return { records, nextCursor: undefined };
}

/** All in these states, of all tenants, oldest first. The index is a moment behind: whoever acts on it reads again. */
export async function listByStatus(
  context: DispatchContext,
  statuses: readonly DispatchStatus[],
): Promise<readonly DispatchRecord[]> {
  const lists = await Promise.all(statuses.map((status) => allIn(context, status)));
  return lists.flat().toSorted((a, b) => (a.dispatchId < b.dispatchId ? -1 : 1));
}

async function allIn(context: DispatchContext, status: DispatchStatus): Promise<DispatchRecord[]> {
  const expression = new Expression();
  const KeyConditionExpression = expression.compare('status', '=', status);
  const query = { TableName, IndexName: STATUS_INDEX, KeyConditionExpression, ...expression.attributes() };
  const records: DispatchRecord[] = [];
  for await (const item of queryItems(context, query)) {
    if (!isExpired(item, context.clock)) records.push(recordOf(item));
  }
  return records;
}

/** An id begins with its time: that makes `since` a condition of the key. Both ends of the range are in it. */
function pageQuery(params: ListDispatchesParams, range: readonly [string, string]): QueryCommandInput {
  const expression = new Expression();
  const isOfTenant = expression.compare('tenantId', '=', params.tenantId);
  const [from, to] = range.map((end) => expression.value(end));
  const filters = FILTERS.flatMap((attribute) => {
    const value = params[attribute];
    return value === undefined ? [] : [expression.compare(attribute, '=', value)];
  });
  const isFiltered = filters.length > 0;
  return {
    TableName,
    KeyConditionExpression: `${isOfTenant} AND ${expression.name('dispatchId')} BETWEEN ${from} AND ${to}`,
    ...(isFiltered && { FilterExpression: filters.join(' AND ') }),
    ...expression.attributes(),
    ScanIndexForward: false,
    ConsistentRead: true,
    Limit: isFiltered ? FILTERED_PAGE : params.limit + 2,
  };
}

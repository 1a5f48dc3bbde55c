import type { DispatchRecord, DispatchStatus } from '@outpost/contracts';
import { decodeCursor, encodeCursor } from '../paging/ulid-cursor.js';
import type { DispatchPageResult, ListDispatchesParams } from '../ports/index.js';
import type { Database } from './database.js';
import { recordOf, type DocumentRow } from './dispatch-rows.js';

/** A page, newest first: an id sorts by its time of creation. */
export function listDispatches(database: Database, params: ListDispatchesParams): DispatchPageResult {
  const conditions = conditionsOf(params);
  // One more than asked for tells whether there is a next page.
  const rows = database.all<DocumentRow>(
    `SELECT document FROM dispatches WHERE ${conditions.map(([sql]) => sql).join(' AND ')}
     ORDER BY dispatchId DESC LIMIT ?`,
    ...conditions.map(([, value]) => value),
    params.limit + 1,
  );
  const records = rows.slice(0, params.limit).map(recordOf);
  const last = records.at(-1);
  const hasMore = rows.length > params.limit && last !== undefined;
  return { records, nextCursor: hasMore ? encodeCursor(last.dispatchId) : undefined };
}

/** All in these states, oldest first. */
export function listByStatus(
  database: Database,
  statuses: readonly DispatchStatus[],
): readonly DispatchRecord[] {
  const rows = database.all<DocumentRow>(
    `SELECT document FROM dispatches WHERE status IN (${statuses.map(() => '?').join(', ')}) ORDER BY dispatchId`,
    ...statuses,
  );
  return rows.map(recordOf);
}

function conditionsOf(params: ListDispatchesParams): readonly (readonly [sql: string, value: string])[] {
  const { tenantId, status, agent, repo, userId, since, cursor } = params;
  const conditions: readonly (readonly [string, string | undefined])[] = [
    ['tenantId = ?', tenantId],
    ['status = ?', status],
    ['agent = ?', agent],
    ['repo = ?', repo],
    ['userId = ?', userId],
    // In UTC with milliseconds, as `createdAt` is: then text compares as time does.
    ['createdAt >= ?', since === undefined ? undefined : new Date(since).toISOString()],
    ['dispatchId < ?', cursor === undefined ? undefined : decodeCursor(cursor)],
  ];
  return conditions.flatMap(([sql, value]) => (value === undefined ? [] : [[sql, value] as const]));
}

import type { AuditEntry } from '@outpost/contracts';
import { decodeCursor, encodeCursor, firstIdAt } from '../paging/ulid-cursor.js';
import type { AuditPageResult, AuditStore, Clock, ListAuditParams } from '../ports/index.js';
import type { Database } from './database.js';

interface AuditRow {
  readonly document: string;
}

export interface LocalAuditStoreOptions {
  readonly database: Database;
  readonly clock: Clock;
}

export function createLocalAuditStore({ database, clock }: LocalAuditStoreOptions): AuditStore {
  const now = (): number => Math.floor(clock.now() / 1_000);
  return {
    async append(entry) {
      database.transaction(() => insertEntry(database, entry, now()));
    },
    list: async (params) => listEntries(database, params, now()),
  };
}

/** Also deletes what has expired at `now` (epoch seconds), of all tenants. */
function insertEntry(database: Database, entry: AuditEntry, now: number): void {
  database.run('DELETE FROM audit_entries WHERE ttl <= ?', now);
  database.run(
    `INSERT INTO audit_entries (tenantId, auditId, action, ttl, document) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT DO NOTHING`,
    entry.tenantId,
    entry.auditId,
    entry.action,
    entry.ttl,
    JSON.stringify(entry),
  );
}

function listEntries(database: Database, params: ListAuditParams, now: number): AuditPageResult {
  const conditions = conditionsOf(params, now);
  // One more than asked for tells whether there is a next page.
  const rows = database.all<AuditRow>(
    `SELECT document FROM audit_entries WHERE ${conditions.map(([sql]) => sql).join(' AND ')}
     ORDER BY auditId DESC LIMIT ?`,
    ...conditions.map(([, value]) => value),
    params.limit + 1,
  );
  const entries = rows.slice(0, params.limit).map((row) => JSON.parse(row.document) as AuditEntry);
  const last = entries.at(-1);
  const hasMore = rows.length > params.limit && last !== undefined;
  return { entries, nextCursor: hasMore ? encodeCursor(last.auditId) : undefined };
}

type Condition = readonly [sql: string, value: string | number];

function conditionsOf(params: ListAuditParams, now: number): readonly Condition[] {
  const { tenantId, action, since, cursor } = params;
  const conditions: readonly (readonly [string, Condition[1] | undefined])[] = [
    ['tenantId = ?', tenantId],
    ['ttl > ?', now],
    ['action = ?', action],
    ['auditId >= ?', since === undefined ? undefined : firstIdAt(since)],
    ['auditId < ?', cursor === undefined ? undefined : decodeCursor(cursor)],
  ];
  return conditions.flatMap(([sql, value]) => (value === undefined ? [] : [[sql, value] as const]));
}

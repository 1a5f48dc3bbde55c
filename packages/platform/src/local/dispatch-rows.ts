import type { DispatchRecord } from '@outpost/contracts';
import type { DispatchKey } from '../ports/index.js';
import type { Database } from './database.js';
import { enterQueue, leaveQueue } from './dispatch-queue.js';

export interface DocumentRow {
  readonly document: string;
}

/**
 * Not validated again: only this driver writes documents, whole and already valid, and a database of a newer schema is
 * not opened. Validation would cost more than the query, and would turn one unexpected field into a list that fails.
 */
export function recordOf(row: DocumentRow): DispatchRecord {
  return JSON.parse(row.document) as DispatchRecord;
}

export function readDispatch(database: Database, key: DispatchKey): DispatchRecord | undefined {
  const row = database.one<DocumentRow>(
    'SELECT document FROM dispatches WHERE tenantId = ? AND dispatchId = ?',
    key.tenantId,
    key.dispatchId,
  );
  return row === undefined ? undefined : recordOf(row);
}

export function readDispatches(database: Database, keys: readonly DispatchKey[]): DispatchRecord[] {
  const rows = database.all<DocumentRow>(
    `SELECT document FROM json_each(?) JOIN dispatches
     ON tenantId = json_extract(value, '$.tenantId') AND dispatchId = json_extract(value, '$.dispatchId')`,
    JSON.stringify(keys),
  );
  return rows.map(recordOf);
}

export function insertDispatch(database: Database, record: DispatchRecord): void {
  database.run(
    `INSERT INTO dispatches (tenantId, dispatchId, status, agent, workspaceId, userId, repo, createdAt, ttl, document)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    record.tenantId,
    record.dispatchId,
    record.status,
    record.agent,
    record.workspaceId,
    record.userId ?? null,
    record.repo ?? null,
    record.createdAt,
    record.ttl,
    JSON.stringify(record),
  );
  if (record.status === 'QUEUED') enterQueue(database, record);
}

/** Writes what may change; the other columns come from the spec, of which only the tier ever does. */
export function updateDispatch(database: Database, before: DispatchRecord, record: DispatchRecord): void {
  const leavesQueue = before.status === 'QUEUED' && record.status !== 'QUEUED';
  database.run(
    `UPDATE dispatches SET status = ?, document = ?${leavesQueue ? ', isInLine = 0' : ''}
     WHERE tenantId = ? AND dispatchId = ?`,
    record.status,
    JSON.stringify(record),
    record.tenantId,
    record.dispatchId,
  );
  if (leavesQueue) leaveQueue(database, record);
}

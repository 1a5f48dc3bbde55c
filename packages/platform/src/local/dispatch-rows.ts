import type { DispatchRecord } from '@outpost/contracts';
import type { DispatchKey } from '../ports/index.js';
import type { Database } from './database.js';

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

export function insertDispatch(database: Database, record: DispatchRecord): void {
  database.run(
    `INSERT INTO dispatches (tenantId, dispatchId, status, agent, workspaceId, userId, repo, createdAt, document)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    record.tenantId,
    record.dispatchId,
    record.status,
    record.agent,
    record.workspaceId,
    record.userId ?? null,
    record.repo ?? null,
    record.createdAt,
    JSON.stringify(record),
  );
}

/** Writes what may change; the other columns come from the spec, which never does. */
export function updateDispatch(database: Database, record: DispatchRecord): void {
  database.run(
    'UPDATE dispatches SET status = ?, document = ? WHERE tenantId = ? AND dispatchId = ?',
    record.status,
    JSON.stringify(record),
    record.tenantId,
    record.dispatchId,
  );
}

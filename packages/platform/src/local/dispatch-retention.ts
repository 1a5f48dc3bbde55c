import type { DispatchRecord } from '@outpost/contracts';
import type { DispatchKey } from '../ports/index.js';
import type { Database } from './database.js';
import { recordOf, type DocumentRow } from './dispatch-rows.js';

const ENDED = "status IN ('COMPLETED', 'FAILED', 'TIMEOUT', 'CANCELLED')";

/** Left to itself SQLite reads all that have ended. */
const EXPIRED = `
  SELECT document FROM dispatches INDEXED BY dispatches_by_expiry
  WHERE ${ENDED} AND ttl < ? ORDER BY ttl, dispatchId LIMIT ?`;

export function listExpired(
  database: Database,
  { now, limit }: { readonly now: number; readonly limit: number },
): readonly DispatchRecord[] {
  return database.all<DocumentRow>(EXPIRED, now, limit).map(recordOf);
}

/** Runs inside a transaction. The dispatch's idempotency keys go with its row. */
export function removeDispatch(database: Database, { tenantId, dispatchId }: DispatchKey): void {
  const isRemoved =
    database.run(
      `DELETE FROM dispatches WHERE tenantId = ? AND dispatchId = ? AND ${ENDED}`,
      tenantId,
      dispatchId,
    ) === 1;
  if (!isRemoved) return;
  // A warm worker's task has its last dispatch's id, and may wait for another.
  database.run(
    "DELETE FROM tasks WHERE tenantId = ? AND dispatchId = ? AND (workerId IS NULL OR state = 'STOPPED')",
    tenantId,
    dispatchId,
  );
  // Its events' ids begin with its own. While one is still to be handed on, the mark keeps it from being published twice.
  database.run(
    `DELETE FROM published_events WHERE eventId BETWEEN ? AND ?
       AND NOT EXISTS (SELECT 1 FROM outbox WHERE outbox.eventId = published_events.eventId)`,
    dispatchId,
    `${dispatchId}-~`,
  );
}

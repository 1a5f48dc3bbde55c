import type { DispatchRecord } from '@outpost/contracts';
import { monthOf } from '../paging/month.js';
import type { Spending } from '../ports/index.js';
import type { Database } from './database.js';

/** Runs inside the transaction of the end. One that never had a slot has cost nothing. */
export function addSpending(database: Database, record: DispatchRecord): void {
  if (!('completedAt' in record) || !('attempt' in record)) return;
  database.run(
    `INSERT INTO spending (tenantId, month, dispatches, costUsd) VALUES (?, ?, 1, ?)
     ON CONFLICT DO UPDATE SET dispatches = dispatches + 1, costUsd = costUsd + excluded.costUsd`,
    record.tenantId,
    monthOf(record.completedAt),
    record.cost?.total ?? 0,
  );
}

export function readSpending(
  database: Database,
  { tenantId, month }: { readonly tenantId: string; readonly month: string },
): Spending {
  const sql = 'SELECT dispatches, costUsd FROM spending WHERE tenantId = ? AND month = ?';
  return database.one<Spending>(sql, tenantId, month) ?? { dispatches: 0, costUsd: 0 };
}

import { isDue, type PromotionRecord, type PromotionStore } from '../ports/index.js';
import type { Database } from './database.js';

interface PromotionRow {
  readonly document: string;
}

export function createLocalPromotionStore({ database }: { readonly database: Database }): PromotionStore {
  const list = (where: string, ...values: string[]): PromotionRecord[] =>
    database.all<PromotionRow>(`SELECT document FROM promotions WHERE ${where}`, ...values).map(recordOf);
  return {
    get: async ({ tenantId, dispatchId, branch }) =>
      list('tenantId = ? AND dispatchId = ? AND branch = ?', tenantId, dispatchId, branch)[0],
    put: async (record) => database.transaction(() => write(database, record)),
    listOf: async ({ tenantId, dispatchId }) =>
      list('tenantId = ? AND dispatchId = ? ORDER BY branch', tenantId, dispatchId),
    listDue: async () => list('isDue = 1 ORDER BY dispatchId'),
    remove: async ({ tenantId, dispatchId, branch = null }) => {
      const sql =
        'DELETE FROM promotions WHERE tenantId = ? AND dispatchId = ? AND branch = coalesce(?, branch)';
      database.transaction(() => database.run(sql, tenantId, dispatchId, branch));
    },
  };
}

function write(database: Database, record: PromotionRecord): boolean {
  const { tenantId, version, shown } = record;
  const { dispatchId, branch } = shown;
  const [document, due] = [JSON.stringify(record), isDue(record) ? 1 : 0];
  const key = [tenantId, dispatchId, branch] as const;
  const insert = `
    INSERT INTO promotions (tenantId, dispatchId, branch, version, isDue, document) VALUES (?, ?, ?, 1, ?, ?)
    ON CONFLICT DO NOTHING`;
  const update = `
    UPDATE promotions SET version = version + 1, isDue = ?, document = ?
    WHERE tenantId = ? AND dispatchId = ? AND branch = ? AND version = ?`;
  const changed =
    version === 1
      ? database.run(insert, ...key, due, document)
      : database.run(update, due, document, ...key, version - 1);
  return changed === 1;
}

function recordOf({ document }: PromotionRow): PromotionRecord {
  return JSON.parse(document) as PromotionRecord;
}

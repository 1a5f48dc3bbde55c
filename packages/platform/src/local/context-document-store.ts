import type { ContextDocument } from '@outpost/contracts';
import type { ContextDocumentStore } from '../ports/index.js';
import type { Database } from './database.js';

export function createLocalContextDocumentStore({
  database,
}: {
  readonly database: Database;
}): ContextDocumentStore {
  return {
    async put({ tenantId, name, content, updatedAt }) {
      const sql =
        'INSERT OR REPLACE INTO contextDocuments (tenantId, name, content, updatedAt) VALUES (?, ?, ?, ?)';
      database.transaction(() => database.run(sql, tenantId, name, content, updatedAt));
    },
    async list({ tenantId }) {
      const sql = 'SELECT name, content, updatedAt FROM contextDocuments WHERE tenantId = ? ORDER BY name';
      return database.all<ContextDocument>(sql, tenantId).map((row) => ({ ...row }));
    },
    async remove({ tenantId, name }) {
      const sql =
        'DELETE FROM contextDocuments WHERE tenantId = ? AND name = ? RETURNING name, content, updatedAt';
      const row = database.transaction(() => database.one<ContextDocument>(sql, tenantId, name));
      return row && { ...row };
    },
  };
}

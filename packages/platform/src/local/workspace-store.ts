import type { WorkspaceRecord, WorkspaceStore } from '../ports/index.js';
import type { Database } from './database.js';

interface WorkspaceRow {
  readonly document: string;
}

export function createLocalWorkspaceStore({ database }: { readonly database: Database }): WorkspaceStore {
  return {
    async put(workspace) {
      database.transaction(() => upsert(database, workspace));
    },
    async get({ tenantId, workspaceId }) {
      const sql = 'SELECT document FROM workspaces WHERE tenantId = ? AND workspaceId = ?';
      const row = database.one<WorkspaceRow>(sql, tenantId, workspaceId);
      return row === undefined ? undefined : workspaceOf(row);
    },
    async delete({ tenantId, workspaceId }) {
      const sql = 'DELETE FROM workspaces WHERE tenantId = ? AND workspaceId = ?';
      database.transaction(() => database.run(sql, tenantId, workspaceId));
    },
    async listExpired({ now }) {
      const sql =
        'SELECT document FROM workspaces WHERE expiresAtMs < ? ORDER BY expiresAtMs, tenantId, workspaceId';
      return database.all<WorkspaceRow>(sql, Date.parse(now)).map(workspaceOf);
    },
  };
}

function upsert(database: Database, workspace: WorkspaceRecord): void {
  database.run(
    'INSERT OR REPLACE INTO workspaces (tenantId, workspaceId, expiresAtMs, document) VALUES (?, ?, ?, ?)',
    workspace.tenantId,
    workspace.workspaceId,
    Date.parse(workspace.expiresAt),
    JSON.stringify(workspace),
  );
}

function workspaceOf(row: WorkspaceRow): WorkspaceRecord {
  return JSON.parse(row.document) as WorkspaceRecord;
}

import type {
  ListWorkspacesParams,
  RetireResult,
  WorkspaceKey,
  WorkspacePageResult,
  WorkspaceRecord,
  WorkspaceStore,
} from '../ports/index.js';
import { decodeWorkspaceCursor, encodeWorkspaceCursor } from '../paging/workspace-cursor.js';
import type { Database } from './database.js';
import { isWorkspaceInUse } from './dispatch-capacity.js';
import { readWorkspaceUse } from './workspace-use.js';

interface WorkspaceRow {
  readonly document: string;
}

export function createLocalWorkspaceStore({ database }: { readonly database: Database }): WorkspaceStore {
  return {
    async put(workspace) {
      database.transaction(() => upsert(database, workspace));
    },
    get: async (key) => read(database, key),
    touch: async ({ lastUsedAt, expiresAt, ...key }) =>
      database.transaction(() => {
        const known = read(database, key);
        if (known === undefined || known.deletedAt !== undefined) return false;
        upsert(database, { ...known, lastUsedAt, expiresAt });
        return true;
      }),
    list: async (params) => list(database, params),
    async count({ tenantId }) {
      const sql = 'SELECT count(*) AS count FROM workspaces WHERE tenantId = ? AND isDeleted = 0';
      return database.one<{ count: number }>(sql, tenantId)?.count ?? 0;
    },
    useOf: async (key) => readWorkspaceUse(database, key),
    retire: async (params) => database.transaction(() => retire(database, params)),
    async delete({ tenantId, workspaceId }) {
      database.run('DELETE FROM workspaces WHERE tenantId = ? AND workspaceId = ?', tenantId, workspaceId);
    },
    async listExpired({ now }) {
      const sql =
        'SELECT document FROM workspaces WHERE expiresAtMs < ? ORDER BY expiresAtMs, tenantId, workspaceId';
      return database.all<WorkspaceRow>(sql, Date.parse(now)).map(workspaceOf);
    },
  };
}

function read(database: Database, { tenantId, workspaceId }: WorkspaceKey): WorkspaceRecord | undefined {
  const sql = 'SELECT document FROM workspaces WHERE tenantId = ? AND workspaceId = ?';
  const row = database.one<WorkspaceRow>(sql, tenantId, workspaceId);
  return row === undefined ? undefined : workspaceOf(row);
}

function upsert(database: Database, workspace: WorkspaceRecord): void {
  database.run(
    `INSERT INTO workspaces (tenantId, workspaceId, expiresAtMs, lastUsedAt, isDeleted, document)
     VALUES (?, ?, ?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET expiresAtMs = excluded.expiresAtMs, lastUsedAt = excluded.lastUsedAt,
       isDeleted = excluded.isDeleted, document = excluded.document`,
    workspace.tenantId,
    workspace.workspaceId,
    Date.parse(workspace.expiresAt),
    workspace.lastUsedAt,
    workspace.deletedAt === undefined ? 0 : 1,
    JSON.stringify(workspace),
  );
}

function retire(database: Database, { at, ...key }: WorkspaceKey & { readonly at: string }): RetireResult {
  const known = read(database, key);
  if (known === undefined) return { outcome: 'missing' };
  if (known.deletedAt !== undefined) return { outcome: 'retired', record: known };
  if (isWorkspaceInUse(database, key)) return { outcome: 'in_use' };
  const record = { ...known, deletedAt: at, expiresAt: at };
  upsert(database, record);
  return { outcome: 'retired', record };
}

function list(database: Database, { tenantId, limit, cursor }: ListWorkspacesParams): WorkspacePageResult {
  const after = cursor === undefined ? undefined : decodeWorkspaceCursor(cursor);
  // One more than asked for tells whether there is a next page.
  const rows = database.all<WorkspaceRow>(
    `SELECT document FROM workspaces WHERE tenantId = ? AND isDeleted = 0
       ${after === undefined ? '' : 'AND (lastUsedAt, workspaceId) < (?, ?)'}
     ORDER BY lastUsedAt DESC, workspaceId DESC LIMIT ?`,
    tenantId,
    ...(after === undefined ? [] : [after.lastUsedAt, after.workspaceId]),
    limit + 1,
  );
  const workspaces = rows.slice(0, limit).map(workspaceOf);
  const last = workspaces.at(-1);
  const hasMore = rows.length > limit && last !== undefined;
  return { workspaces, nextCursor: hasMore ? encodeWorkspaceCursor(last) : undefined };
}

function workspaceOf(row: WorkspaceRow): WorkspaceRecord {
  return JSON.parse(row.document) as WorkspaceRecord;
}

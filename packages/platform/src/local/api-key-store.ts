import type { ApiKeyStore, StoredApiKey } from '../ports/index.js';
import type { Database } from './database.js';

interface KeyRow {
  readonly document: string;
}

export function createLocalApiKeyStore({ database }: { readonly database: Database }): ApiKeyStore {
  return {
    create: async (key) => database.transaction(() => insertKey(database, key)),
    async findByHash({ keyHash }) {
      return keyOf(database.one<KeyRow>('SELECT document FROM api_keys WHERE keyHash = ?', keyHash));
    },
    async list({ tenantId }) {
      const sql = 'SELECT document FROM api_keys WHERE tenantId = ? ORDER BY createdAt, apiKeyId';
      return database.all<KeyRow>(sql, tenantId).map((row) => JSON.parse(row.document) as StoredApiKey);
    },
    revoke: async (params) => database.transaction(() => revokeKey(database, params)),
  };
}

/** Also a hash or an id of another tenant is taken. */
function insertKey(database: Database, key: StoredApiKey): boolean {
  const changes = database.run(
    `INSERT INTO api_keys (apiKeyId, keyHash, tenantId, createdAt, document) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT DO NOTHING`,
    key.apiKeyId,
    key.keyHash,
    key.tenantId,
    key.createdAt,
    JSON.stringify(key),
  );
  return changes === 1;
}

function revokeKey(
  database: Database,
  { tenantId, apiKeyId }: { readonly tenantId: string; readonly apiKeyId: string },
): StoredApiKey | undefined {
  const sql = 'SELECT document FROM api_keys WHERE tenantId = ? AND apiKeyId = ?';
  const key = keyOf(database.one<KeyRow>(sql, tenantId, apiKeyId));
  if (key === undefined) return undefined;
  const revoked: StoredApiKey = { ...key, status: 'revoked' };
  database.run('UPDATE api_keys SET document = ? WHERE apiKeyId = ?', JSON.stringify(revoked), apiKeyId);
  return revoked;
}

function keyOf(row: KeyRow | undefined): StoredApiKey | undefined {
  return row === undefined ? undefined : (JSON.parse(row.document) as StoredApiKey);
}

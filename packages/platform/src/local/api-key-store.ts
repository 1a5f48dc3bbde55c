import type { ApiKeyName, ApiKeyStore, RotateParams, StoredApiKey } from '../ports/index.js';
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
      return database.all<KeyRow>(sql, tenantId).map(storedKeyOf);
    },
    get: async (name) => findKey(database, name),
    revoke: async (name) => database.transaction(() => change(database, name, { status: 'revoked' })),
    rotate: async (params) => database.transaction(() => rotateKey(database, params)),
    async addUsage({ count, lastUsedAt, ...name }) {
      database.transaction(() => {
        const key = findKey(database, name);
        if (key === undefined) return;
        change(database, name, { usageCount: key.usageCount + count, lastUsedAt });
      });
    },
  };
}

function rotateKey(database: Database, { replacement, expiresAt, ...name }: RotateParams): boolean {
  const key = findKey(database, name);
  if (key === undefined || key.status === 'revoked' || key.replacedBy !== undefined) return false;
  if (!insertKey(database, replacement)) return false;
  const ends = key.expiresAt === undefined || expiresAt < key.expiresAt ? expiresAt : key.expiresAt;
  change(database, name, { expiresAt: ends, replacedBy: replacement.apiKeyId });
  return true;
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

/** Undefined when the tenant has no such key. */
function change(
  database: Database,
  name: ApiKeyName,
  fields: Partial<StoredApiKey>,
): StoredApiKey | undefined {
  const key = findKey(database, name);
  if (key === undefined) return undefined;
  const changed: StoredApiKey = { ...key, ...fields };
  database.run('UPDATE api_keys SET document = ? WHERE apiKeyId = ?', JSON.stringify(changed), name.apiKeyId);
  return changed;
}

function findKey(database: Database, { tenantId, apiKeyId }: ApiKeyName): StoredApiKey | undefined {
  const sql = 'SELECT document FROM api_keys WHERE tenantId = ? AND apiKeyId = ?';
  return keyOf(database.one<KeyRow>(sql, tenantId, apiKeyId));
}

function keyOf(row: KeyRow | undefined): StoredApiKey | undefined {
  return row === undefined ? undefined : storedKeyOf(row);
}

/** Keys were not counted from the beginning. */
function storedKeyOf({ document }: KeyRow): StoredApiKey {
  return { usageCount: 0, ...(JSON.parse(document) as Omit<StoredApiKey, 'usageCount'>) };
}

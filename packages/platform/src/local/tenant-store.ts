import type { Tenant } from '@outpost/contracts';
import type { TenantStore } from '../ports/index.js';
import type { Database } from './database.js';

interface TenantRow {
  readonly document: string;
}

export function createLocalTenantStore({ database }: { readonly database: Database }): TenantStore {
  const find = (tenantId: string): Tenant | undefined => {
    const row = database.one<TenantRow>('SELECT document FROM tenants WHERE tenantId = ?', tenantId);
    return row && tenantOf(row);
  };
  return {
    create: async (tenant) =>
      database.transaction(() => {
        const sql = 'INSERT INTO tenants (tenantId, document) VALUES (?, ?) ON CONFLICT DO NOTHING';
        return database.run(sql, tenant.tenantId, JSON.stringify(tenant)) === 1;
      }),
    get: async ({ tenantId }) => find(tenantId),
    list: async () => database.all<TenantRow>('SELECT document FROM tenants ORDER BY tenantId').map(tenantOf),
    update: async ({ tenantId, change }) =>
      database.transaction(() => {
        const tenant = find(tenantId);
        if (tenant === undefined) return undefined;
        // A field of undefined is not in the document.
        const document = JSON.stringify({ ...tenant, ...change });
        database.run('UPDATE tenants SET document = ? WHERE tenantId = ?', document, tenantId);
        return find(tenantId);
      }),
  };
}

function tenantOf({ document }: TenantRow): Tenant {
  return JSON.parse(document) as Tenant;
}

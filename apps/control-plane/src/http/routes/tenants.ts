import type { Services } from '../../services/index.js';
import type { Serve } from '../route.js';
import { createdKey } from './api-keys.js';

export function tenantRoutes(
  serve: Serve,
  { tenants, apiKeys }: Pick<Services, 'tenants' | 'apiKeys'>,
): void {
  serve('createTenant', async ({ json, context }) => {
    const tenant = await tenants.create(json);
    context.header('Location', `/tenants/${tenant.tenantId}`);
    return context.json(tenant, 201);
  });

  serve('listTenants', async ({ context }) => context.json({ tenants: await tenants.list() }));

  serve('getTenant', async ({ params, context }) => context.json(await tenants.get(params.tenantId)));

  serve('updateTenant', async ({ params, json, context }) =>
    context.json(await tenants.update(params.tenantId, json)),
  );

  serve('getUsage', async ({ principal, query, context }) =>
    context.json(await tenants.usageOf(principal.tenantId, query.month)),
  );

  serve('getTenantUsage', async ({ params, query, context }) => {
    const { tenantId } = await tenants.get(params.tenantId);
    return context.json(await tenants.usageOf(tenantId, query.month));
  });

  serve('createTenantApiKey', async ({ params, json, context }) => {
    const { tenantId } = await tenants.get(params.tenantId);
    return createdKey(context, await apiKeys.create({ tenantId, ...json }));
  });
}

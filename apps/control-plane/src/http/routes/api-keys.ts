import type { Services } from '../../services/index.js';
import type { Serve } from '../route.js';

export function apiKeyRoutes(serve: Serve, { apiKeys }: Pick<Services, 'apiKeys'>): void {
  serve('createApiKey', async ({ principal, json, context }) =>
    context.json(await apiKeys.create({ tenantId: principal.tenantId, ...json }), 201),
  );

  serve('listApiKeys', async ({ principal, context }) =>
    context.json({ apiKeys: await apiKeys.list({ tenantId: principal.tenantId }) }),
  );

  serve('rotateApiKey', async ({ principal, params, json, context }) =>
    context.json(
      await apiKeys.rotate({ tenantId: principal.tenantId, apiKeyId: params.apiKeyId, ...json }),
      201,
    ),
  );

  serve('revokeApiKey', async ({ principal, params, context }) =>
    context.json(await apiKeys.revoke({ tenantId: principal.tenantId, apiKeyId: params.apiKeyId })),
  );
}

import type { CreatedApiKey } from '@outpost/contracts';
import type { Context } from 'hono';
import type { Services } from '../../services/index.js';
import type { Serve } from '../route.js';

export function apiKeyRoutes(serve: Serve, { apiKeys }: Pick<Services, 'apiKeys'>): void {
  serve('createApiKey', async ({ principal, json, context }) =>
    createdKey(context, await apiKeys.create({ tenantId: principal.tenantId, ...json })),
  );

  serve('listApiKeys', async ({ principal, context }) =>
    context.json({ apiKeys: await apiKeys.list({ tenantId: principal.tenantId }) }),
  );

  serve('rotateApiKey', async ({ principal, params, json, context }) =>
    createdKey(
      context,
      await apiKeys.rotate({ tenantId: principal.tenantId, apiKeyId: params.apiKeyId, ...json }),
    ),
  );

  serve('revokeApiKey', async ({ principal, params, context }) =>
    context.json(await apiKeys.revoke({ tenantId: principal.tenantId, apiKeyId: params.apiKeyId })),
  );
}

export function createdKey(context: Context, key: CreatedApiKey): Response {
  context.header('Location', `/api-keys/${key.apiKeyId}`);
  return context.json(key, 201);
}

import type { Services } from '../../services/index.js';
import type { Serve } from '../route.js';

export function workspaceRoutes(serve: Serve, { workspaces }: Pick<Services, 'workspaces'>): void {
  serve('listWorkspaces', async ({ principal, query, context }) =>
    context.json(await workspaces.list({ tenantId: principal.tenantId, ...query })),
  );

  serve('getWorkspace', async ({ principal, params, context }) =>
    context.json(await workspaces.get({ tenantId: principal.tenantId, workspaceId: params.workspaceId })),
  );

  serve('deleteWorkspace', async ({ principal, params, context }) =>
    context.json(await workspaces.delete({ tenantId: principal.tenantId, workspaceId: params.workspaceId })),
  );
}

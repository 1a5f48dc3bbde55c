import type { Services } from '../../services/index.js';
import type { Serve } from '../route.js';

export function auditRoutes(serve: Serve, { audit }: Pick<Services, 'audit'>): void {
  serve('listAudit', async ({ principal, query, context }) =>
    context.json(await audit.list({ ...query, tenantId: principal.tenantId })),
  );
}

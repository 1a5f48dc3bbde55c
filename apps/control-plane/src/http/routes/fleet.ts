import type { Services } from '../../services/index.js';
import type { Serve } from '../route.js';

export function fleetRoutes(serve: Serve, { fleet }: Pick<Services, 'fleet'>): void {
  serve('fleet', async ({ principal, context }) =>
    context.json(await fleet.describe({ tenantId: principal.tenantId })),
  );
}

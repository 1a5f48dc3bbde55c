import type { Services } from '../../services/index.js';
import type { Serve } from '../route.js';

export function promotionRoutes(serve: Serve, { promoter }: Pick<Services, 'promoter'>): void {
  serve('promote', async ({ principal, json, context }) => {
    const { promotion, isNew } = await promoter.promote({ tenantId: principal.tenantId, request: json });
    context.header('Location', `/dispatch/${promotion.dispatchId}`);
    return context.json(promotion, isNew ? 201 : 200);
  });
}

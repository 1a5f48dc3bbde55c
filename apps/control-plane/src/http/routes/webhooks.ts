import type { Services } from '../../services/index.js';
import type { Serve } from '../route.js';

export function webhookRoutes(serve: Serve, { webhooks }: Pick<Services, 'webhooks'>): void {
  serve('createWebhook', async ({ principal, json, context }) => {
    const webhook = await webhooks.create({ tenantId: principal.tenantId, ...json });
    context.header('Location', `/webhooks/${webhook.webhookId}`);
    return context.json(webhook, 201);
  });

  serve('listWebhooks', async ({ principal, context }) =>
    context.json({ webhooks: await webhooks.list(principal.tenantId) }),
  );

  serve('getWebhook', async ({ principal: { tenantId }, params, context }) =>
    context.json(await webhooks.get({ tenantId, ...params })),
  );

  serve('updateWebhook', async ({ principal: { tenantId }, params, json, context }) =>
    context.json(await webhooks.update({ tenantId, ...params, ...json })),
  );

  serve('deleteWebhook', async ({ principal: { tenantId }, params, context }) =>
    context.json(await webhooks.remove({ tenantId, ...params })),
  );

  serve('rotateWebhook', async ({ principal: { tenantId }, params, json, context }) =>
    context.json(await webhooks.rotate({ tenantId, ...params, ...json })),
  );

  serve('testWebhook', async ({ principal: { tenantId }, params, context }) =>
    context.json(await webhooks.test({ tenantId, ...params })),
  );

  serve('listWebhookDeliveries', async ({ principal: { tenantId }, params, query, context }) =>
    context.json(await webhooks.deliveries({ tenantId, ...params, ...query })),
  );

  serve('redeliverWebhook', async ({ principal: { tenantId }, params, context }) =>
    context.json(await webhooks.redeliver({ tenantId, ...params }), 202),
  );
}

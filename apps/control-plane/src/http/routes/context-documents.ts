import type { Services } from '../../services/index.js';
import type { Serve } from '../route.js';

export function contextDocumentRoutes(
  serve: Serve,
  { contextDocuments }: Pick<Services, 'contextDocuments'>,
): void {
  serve('listContextDocuments', async ({ principal, context }) =>
    context.json({ documents: await contextDocuments.list(principal.tenantId) }),
  );

  serve('getContextDocument', async ({ principal: { tenantId }, params, context }) =>
    context.json(await contextDocuments.get({ tenantId, name: params.document })),
  );

  serve('putContextDocument', async ({ principal: { tenantId }, params, json, context }) =>
    context.json(await contextDocuments.put({ tenantId, name: params.document, content: json.content })),
  );

  serve('deleteContextDocument', async ({ principal: { tenantId }, params, context }) =>
    context.json(await contextDocuments.remove({ tenantId, name: params.document })),
  );
}

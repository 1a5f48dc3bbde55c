import { openApiDocument } from '@outpost/contracts';
import type { Serve } from '../route.js';

export function openApiRoutes(serve: Serve, version: string): void {
  const document = openApiDocument({ version });
  serve('openApi', ({ context }) => context.json(document));
}

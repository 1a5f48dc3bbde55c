import { z } from 'zod';
import type { RouteDefinition } from './route-definition.js';

/** The API about itself. */
export const DOCUMENTATION_ROUTES = {
  openApi: {
    method: 'get',
    path: '/openapi.json',
    access: 'public',
    summary: 'This API as an OpenAPI 3.1 document.',
    responses: { 200: { description: 'The document.', schema: z.looseObject({ openapi: z.string() }) } },
  },
  docs: {
    method: 'get',
    path: '/docs',
    access: 'public',
    summary: 'This API as a page to read, and to try it.',
    responses: { 200: { description: 'The page.', contentTypes: ['text/html'] } },
  },
  docsScript: {
    method: 'get',
    path: '/docs/scalar.js',
    access: 'public',
    summary: 'What the page runs: it loads nothing from elsewhere.',
    responses: { 200: { description: 'The script.', contentTypes: ['text/javascript'] } },
  },
} as const satisfies Record<string, RouteDefinition>;

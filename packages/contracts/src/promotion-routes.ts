import { PromotedSchema, PromoteSchema } from './promotions.js';
import type { RouteDefinition } from './route-definition.js';

const HEADERS = { Location: { description: 'The path of the dispatch.' } } as const;

export const PROMOTION_ROUTES = {
  promote: {
    method: 'post',
    path: '/promote',
    access: 'promote',
    audit: 'dispatch.promote',
    summary: 'Pushes the change of a dispatch as a branch, and opens or updates its pull request.',
    json: PromoteSchema,
    responses: {
      200: {
        description: 'What was promoted before: as it was, or brought in line with what was asked.',
        schema: PromotedSchema,
        headers: HEADERS,
      },
      201: { description: 'Pushed.', schema: PromotedSchema, headers: HEADERS },
    },
    errors: ['NOT_FOUND', 'CONFLICT', 'SERVICE_UNAVAILABLE'],
  },
} as const satisfies Record<string, RouteDefinition>;

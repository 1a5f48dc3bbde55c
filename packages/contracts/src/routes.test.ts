import { expect, it } from 'vitest';
import type { RouteDefinition } from './route-definition.js';
import { ROUTES } from './routes.js';

it('records every call that changes something', () => {
  for (const [operationId, route] of Object.entries<RouteDefinition>(ROUTES))
    expect(route.audit !== undefined, operationId).toBe(route.method !== 'get');
});

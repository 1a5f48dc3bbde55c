import { expect, it } from 'vitest';
import { ROUTES, type RouteDefinition } from './routes.js';

it('records every call that changes something', () => {
  for (const [operationId, route] of Object.entries<RouteDefinition>(ROUTES))
    expect(route.audit !== undefined, operationId).toBe(route.method !== 'get');
});

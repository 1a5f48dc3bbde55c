import { describe, expect, it } from 'vitest';
import { openApiDocument } from './openapi.js';
import { ROUTES, type RouteDefinition } from './routes.js';

const document = openApiDocument({ version: '0.0.0' }) as {
  paths: Record<
    string,
    Record<string, { operationId: string; security: object[]; responses: Record<string, object> }>
  >;
};

describe('the OpenAPI document', () => {
  it.each(Object.entries<RouteDefinition>(ROUTES))(
    'has %s with its answers and its security',
    (operationId, route) => {
      const operation = document.paths[route.path.replaceAll(/:(\w+)/g, '{$1}')]?.[route.method];
      expect(operation?.operationId).toBe(operationId);
      expect(Object.keys(operation!.responses)).toEqual(
        expect.arrayContaining([...Object.keys(route.responses), '500']),
      );
      expect(operation!.security.length > 0).toBe(!['public', 'signed'].includes(route.access));
    },
  );
});

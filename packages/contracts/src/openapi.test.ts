import { describe, expect, it } from 'vitest';
import { openApiDocument } from './openapi.js';
import type { RouteDefinition } from './route-definition.js';
import { ROUTES } from './routes.js';

interface Operation {
  readonly operationId: string;
  readonly security: readonly object[];
  readonly parameters: readonly { readonly in: string; readonly name: string }[];
  readonly requestBody?: { readonly content?: Content };
  readonly responses: Readonly<Record<string, Answer>>;
}

type Content = Readonly<Record<string, { readonly schema: object; readonly example?: unknown }>>;

interface Answer {
  readonly description: string;
  readonly headers: Readonly<Record<string, object>>;
  readonly content?: Content;
}

const document = openApiDocument({ version: '0.0.0' }) as unknown as {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, { readonly properties: object }>> };
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

  const bodies = Object.values(document.paths)
    .flatMap((path) => Object.values(path))
    .flatMap(({ operationId, requestBody, responses }) =>
      [requestBody, ...Object.values(responses)].flatMap(({ content } = {}) =>
        content?.['application/json'] === undefined
          ? []
          : [{ operationId, content: content['application/json'] }],
      ),
    );

  it('has an example of every JSON body', () => {
    expect(bodies.length).toBeGreaterThan(100);
    for (const { operationId, content } of bodies) {
      expect(content.example, operationId).toBeDefined();
      expect(JSON.stringify(content.example), operationId).not.toContain('undefined');
    }
  });

  it('tells every error by its code, and when to come again where that may be known', () => {
    for (const operation of Object.values(document.paths).flatMap((path) => Object.values(path))) {
      const errors = Object.entries(operation.responses).filter(
        ([, { description }]) => description.startsWith('SERVICE_') || description.startsWith('RATE_'),
      );
      for (const [status, { headers }] of errors)
        expect(Object.keys(headers), `${operation.operationId} ${status}`).toContain('Retry-After');
      for (const [status, { headers }] of Object.entries(operation.responses))
        expect(Object.keys(headers), `${operation.operationId} ${status}`).toContain('X-Request-Id');
    }
    const { responses } = document.paths['/runs']!['get']!;
    expect(Object.keys(responses)).toEqual(['200', '400', '401', '403', '429', '500', '503']);
  });

  it('says what a stream sends, and how it goes on', () => {
    const { parameters, responses } = document.paths['/dispatch/{dispatchId}/logs']!['get']!;
    expect(parameters.map(({ in: place, name }) => `${place} ${name}`)).toContain('header last-event-id');
    expect(Object.keys(responses['200']!.content!)).toEqual(['application/json', 'text/event-stream']);
  });

  it('has the repeat of a dispatch, which takes a key against repeats of itself and no body', () => {
    const retry = document.paths['/dispatch/{dispatchId}/retry']?.['post'];
    expect(retry?.parameters.map(({ in: place, name }) => `${place} ${name}`).toSorted()).toEqual([
      'header idempotency-key',
      'path dispatchId',
    ]);
    expect(retry).not.toHaveProperty('requestBody');
    expect(Object.keys(retry!.responses)).toEqual(
      expect.arrayContaining(['202', '400', '404', '409', '413', '503']),
    );
  });

  it.each(['/dispatch', '/dispatch/{dispatchId}/retry'])(
    'says how a repeat of POST %s is answered',
    (path) => {
      const { headers } = document.paths[path]!['post']!.responses['202']!;
      expect(Object.keys(headers)).toEqual(['Location', 'Idempotent-Replayed', 'X-Request-Id']);
    },
  );

  it('shows a dispatch with its place in the queue and its attempts, and nothing that is internal', () => {
    const properties = Object.keys(document.components.schemas['Dispatch']!.properties);
    expect(properties).toEqual(
      expect.arrayContaining(['queue', 'attempt', 'attempts', 'workerId', 'retryOf', 'timings']),
    );
    for (const internal of ['tenantId', 'ttl', 'pendingAt', 'heartbeatAt'])
      expect(properties).not.toContain(internal);
  });

  it('has the range of a number in a query', () => {
    const { parameters } = document.paths['/runs']!['get']!;
    expect(parameters.find(({ name }) => name === 'limit')).toMatchObject({
      schema: { type: 'integer', minimum: 1, maximum: 100 },
    });
  });
});

import { z } from 'zod';
import { createDocument, type ZodOpenApiOperationObject, type ZodOpenApiPathsObject } from 'zod-openapi';
import { answersOf } from './openapi-answers.js';
import { fillInExamples, type DocumentWithoutExamples } from './openapi-examples.js';
import { tagOf, tagsOf } from './openapi-tags.js';
import { CursorSchema } from './primitives.js';
import type { RouteDefinition } from './route-definition.js';
import { ROUTES } from './routes.js';
import { OPERATOR_TENANT } from './tenants.js';

/** The OpenAPI 3.1 document of the route table. */
export function openApiDocument(params: { readonly version: string }): Record<string, unknown> {
  const document = createDocument({
    openapi: '3.1.0',
    info: {
      title: 'Outpost',
      version: params.version,
      description: 'Dispatches coding tasks to agent CLIs in isolated workers.',
    },
    servers: [{ url: '/' }],
    tags: tagsOf(Object.values<RouteDefinition>(ROUTES).map(({ path }) => path)),
    components: {
      securitySchemes: {
        apiKey: { type: 'apiKey', in: 'header', name: 'X-API-Key' },
        bearer: { type: 'http', scheme: 'bearer' },
      },
    },
    paths: paths(),
  });
  fillInExamples(document as unknown as DocumentWithoutExamples);
  return document as unknown as Record<string, unknown>;
}

function paths(): ZodOpenApiPathsObject {
  const result: Record<string, Record<string, ZodOpenApiOperationObject>> = {};
  for (const [operationId, route] of Object.entries<RouteDefinition>(ROUTES)) {
    const path = route.path.replaceAll(/:(\w+)/g, '{$1}');
    result[path] = { ...result[path], [route.method]: operation(operationId, route) };
  }
  return result;
}

function operation(operationId: string, route: RouteDefinition): ZodOpenApiOperationObject {
  const needsKey = route.access !== 'public' && route.access !== 'signed';
  const isStreamed = Object.values(route.responses).some(({ eventStream }) => eventStream !== undefined);
  const header = isStreamed ? StreamHeaderSchema : route.header;
  return {
    operationId,
    summary: route.summary,
    tags: [tagOf(route.path).name],
    ...(needsKey && { description: accessOf(route) }),
    security: needsKey ? [{ apiKey: [] }, { bearer: [] }] : [],
    requestParams: {
      ...(route.params !== undefined && { path: route.params }),
      ...(route.query !== undefined && { query: route.query }),
      ...(header !== undefined && { header }),
    },
    ...(route.json !== undefined && {
      requestBody: { required: true, content: { 'application/json': { schema: route.json } } },
    }),
    responses: answersOf(route),
  };
}

/** A stream that broke off is taken up again by this header; who serves it takes any, and begins anew with a wrong one. */
const StreamHeaderSchema = z.object({
  'last-event-id': CursorSchema.optional().meta({
    description: 'Of a stream: the id of the last event that came. The stream goes on after it.',
  }),
});

function accessOf({ access }: RouteDefinition): string {
  return access === 'operator'
    ? `Needs the scope \`admin\` and a key of tenant \`${OPERATOR_TENANT}\`.`
    : `Needs the scope \`${access}\`.`;
}

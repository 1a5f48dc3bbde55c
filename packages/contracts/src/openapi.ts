import { z } from 'zod';
import { createDocument, type ZodOpenApiOperationObject, type ZodOpenApiPathsObject } from 'zod-openapi';
import { ERROR_STATUS, ErrorBodySchema, type ErrorCode } from './errors.js';
import { OPERATOR_TENANT } from './tenants.js';
import type { RouteDefinition, RouteResponse } from './route-definition.js';
import { ROUTES } from './routes.js';

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
    components: {
      securitySchemes: {
        apiKey: { type: 'apiKey', in: 'header', name: 'X-API-Key' },
        bearer: { type: 'http', scheme: 'bearer' },
      },
    },
    paths: paths(),
  });
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
  return {
    operationId,
    summary: route.summary,
    ...(needsKey && { description: accessOf(route) }),
    security: needsKey ? [{ apiKey: [] }, { bearer: [] }] : [],
    requestParams: {
      ...(route.params !== undefined && { path: route.params }),
      ...(route.query !== undefined && { query: route.query }),
      ...(route.header !== undefined && { header: route.header }),
    },
    ...(route.json !== undefined && {
      requestBody: { required: true, content: { 'application/json': { schema: route.json } } },
    }),
    responses: { ...successes(route), ...errors(route) },
  };
}

function accessOf({ access }: RouteDefinition): string {
  return access === 'operator'
    ? `Needs the scope \`admin\` and a key of tenant \`${OPERATOR_TENANT}\`.`
    : `Needs the scope \`${access}\`.`;
}

function successes(route: RouteDefinition): ZodOpenApiOperationObject['responses'] {
  return Object.fromEntries(
    Object.entries(route.responses).map(([status, response]) => [status, success(response)]),
  );
}

function success(response: RouteResponse): {
  description: string;
  headers?: Record<string, { description: string; schema: { type: 'string' } }>;
  content: Record<string, { schema: z.ZodType }>;
} {
  const contentType = response.contentType ?? 'application/json';
  const headers = Object.entries(response.headers ?? {}).map(
    ([name, { description }]) => [name, { description, schema: { type: 'string' } }] as const,
  );
  return {
    description: response.description,
    ...(headers.length > 0 && { headers: Object.fromEntries(headers) }),
    content: { [contentType]: { schema: response.schema ?? z.string() } },
  };
}

/** Errors that a route can answer because of what it takes. */
export function errorCodesOf(route: RouteDefinition): readonly ErrorCode[] {
  const takesInput = [route.params, route.query, route.header, route.json].some(
    (schema) => schema !== undefined,
  );
  const needsKey = route.access !== 'public' && route.access !== 'signed';
  const codes: ErrorCode[] = [
    ...(takesInput ? (['VALIDATION_ERROR'] as const) : []),
    ...(route.json === undefined ? [] : (['PAYLOAD_TOO_LARGE'] as const)),
    ...(needsKey ? (['AUTHENTICATION_ERROR', 'AUTHORIZATION_ERROR', 'RATE_LIMIT_EXCEEDED'] as const) : []),
    ...(route.errors ?? []),
    'INTERNAL_ERROR',
  ];
  return [...new Set(codes)];
}

function errors(route: RouteDefinition): ZodOpenApiOperationObject['responses'] {
  return Object.fromEntries(
    errorCodesOf(route)
      .filter((code) => !(ERROR_STATUS[code] in route.responses))
      .map((code) => [
        String(ERROR_STATUS[code]),
        { description: code, content: { 'application/json': { schema: ErrorBodySchema } } },
      ]),
  );
}

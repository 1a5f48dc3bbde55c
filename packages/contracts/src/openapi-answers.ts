import { z } from 'zod';
import type { ZodOpenApiOperationObject, ZodOpenApiResponseObject } from 'zod-openapi';
import { ERROR_NOTES, ERROR_STATUS, ErrorBodySchema, type ErrorBody, type ErrorCode } from './errors.js';
import type { RouteDefinition, RouteResponse } from './route-definition.js';

type Headers = Readonly<
  Record<
    string,
    {
      readonly description: string;
      readonly schema: { readonly type: 'string' | 'integer'; readonly minimum?: number };
      readonly example?: unknown;
    }
  >
>;

const REQUEST_ID_EXAMPLE = '6f0a9a0e-1d2b-4c54-8a77-0d6f6f1f8a22';

const REQUEST_ID: Headers = {
  'X-Request-Id': {
    description: 'Names the request in the log of the control plane. One that came with the request is kept.',
    schema: { type: 'string' },
    example: REQUEST_ID_EXAMPLE,
  },
};

const RETRY_AFTER: Headers = {
  'Retry-After': {
    description: 'Seconds after which a repeat may succeed.',
    schema: { type: 'integer', minimum: 0 },
    example: 7,
  },
};

/** Codes whose answers may say when to come again. */
const WITH_RETRY_AFTER: readonly ErrorCode[] = ['RATE_LIMIT_EXCEEDED', 'SERVICE_UNAVAILABLE'];

/** Every answer of an operation, by status. */
export function answersOf(route: RouteDefinition): ZodOpenApiOperationObject['responses'] {
  const successes = Object.entries(route.responses).map(([status, response]) => [status, success(response)]);
  const errors = errorCodesOf(route)
    .filter((code) => !(ERROR_STATUS[code] in route.responses))
    .map((code) => [String(ERROR_STATUS[code]), errorAnswer(code)]);
  return Object.fromEntries([...successes, ...errors]) as ZodOpenApiOperationObject['responses'];
}

/** Every error that an operation can answer. */
function errorCodesOf(route: RouteDefinition): readonly ErrorCode[] {
  const needsKey = route.access !== 'public' && route.access !== 'signed';
  const codes: ErrorCode[] = [
    // Whatever an operation takes: a Host that is none is refused everywhere.
    'VALIDATION_ERROR',
    ...(route.method === 'get' || route.method === 'delete' ? [] : (['PAYLOAD_TOO_LARGE'] as const)),
    ...(needsKey ? (['AUTHENTICATION_ERROR', 'AUTHORIZATION_ERROR', 'RATE_LIMIT_EXCEEDED'] as const) : []),
    ...(route.errors ?? []),
    'INTERNAL_ERROR',
    // Keys are in the store, which may not answer.
    ...(needsKey ? (['SERVICE_UNAVAILABLE'] as const) : []),
  ];
  return [...new Set(codes)];
}

function success(response: RouteResponse): ZodOpenApiResponseObject {
  const headers = Object.entries(response.headers ?? {}).map(
    ([name, header]) => [name, { ...header, schema: { type: 'string' as const } }] as const,
  );
  return {
    description: response.description,
    headers: { ...Object.fromEntries(headers), ...REQUEST_ID },
    content: contentOf(response),
  };
}

function contentOf({
  schema,
  contentTypes,
  example,
  eventStream,
}: RouteResponse): NonNullable<ZodOpenApiResponseObject['content']> {
  if (schema === undefined)
    return Object.fromEntries(contentTypes?.map((type) => [type.split(';')[0], { schema: {} }]) ?? []);
  return {
    'application/json': { schema, ...(example !== undefined && { example }) },
    ...(eventStream !== undefined && {
      'text/event-stream': {
        schema: z.string().meta({ description: 'Server-sent events.' }),
        example: eventStream,
      },
    }),
  };
}

function errorAnswer(code: ErrorCode): ZodOpenApiResponseObject {
  const { meaning, message, details } = ERROR_NOTES[code];
  const example: ErrorBody = {
    error: { code, message, ...(details !== undefined && { details }), requestId: REQUEST_ID_EXAMPLE },
  };
  return {
    description: `${code}: ${meaning}`,
    headers: { ...REQUEST_ID, ...(WITH_RETRY_AFTER.includes(code) && RETRY_AFTER) },
    content: { 'application/json': { schema: ErrorBodySchema, example } },
  };
}

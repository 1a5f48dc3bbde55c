import fc from 'fast-check';
import { CALLERS, type ApiRequest, type Caller } from './api-request.js';
import type { ApiDocument, Operation, Parameter } from '@outpost/test-support';
import { requestEdit } from './request-edits.js';
import { SchemaValues, type KnownValues } from './schema-values.js';

/** Where the parts of a request come from. */
interface Source {
  readonly document: ApiDocument;
  readonly known: KnownValues;
}

/** Requests for every operation of the document: such as it asks for, most of them changed in one place or several. */
export function apiRequests(source: Source, operations: readonly Operation[]): fc.Arbitrary<ApiRequest> {
  const values = new SchemaValues(source.document, source.known);
  return fc.oneof(...operations.map((operation) => requestsFor(operation, values)));
}

function requestsFor(operation: Operation, values: SchemaValues): fc.Arbitrary<ApiRequest> {
  const parameters = operation.parameters ?? [];
  const inPlace = (place: Parameter['in']): fc.Arbitrary<Record<string, unknown>> => {
    const here = parameters.filter((each) => each.in === place);
    const requiredKeys = here.filter(({ required }) => required).map(({ name }) => name);
    const fields = here.map(({ name, schema }) => [name, values.of(schema, name)] as const);
    return fc.record(Object.fromEntries(fields), { requiredKeys });
  };
  const schema = operation.requestBody?.content['application/json']?.schema;
  const body = schema === undefined ? fc.constant(undefined) : values.of(schema).map(jsonOf);
  const parts = { path: inPlace('path'), query: inPlace('query'), headers: inPlace('header'), body };
  const caller = fc.oneof(
    { weight: 3, arbitrary: fc.constant('admin' as const) },
    { weight: 1, arbitrary: fc.constantFrom(...CALLERS) },
  );
  return fc
    .record({ ...parts, caller, edits: fc.array(requestEdit, { maxLength: 2 }) })
    .map(({ edits, ...made }) =>
      edits.reduce<ApiRequest>((request, edit) => edit(request), requestOf(operation, made)),
    );
}

interface Made {
  readonly path: Readonly<Record<string, unknown>>;
  readonly query: Readonly<Record<string, unknown>>;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: string | undefined;
  readonly caller: Caller;
}

function requestOf(operation: Operation, { path, query, headers, body, caller }: Made): ApiRequest {
  return {
    madeFrom: operation.operationId,
    caller,
    method: operation.method,
    segments: operation.path
      .slice(1)
      .split('/')
      .map((part) => (part.startsWith('{') ? encode(path[part.slice(1, -1)]) : part)),
    query: Object.entries(query).map(([name, value]) => `${encode(name)}=${encode(value)}`),
    headers: {
      ...Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)])),
      ...(body !== undefined && { 'content-type': 'application/json' }),
    },
    body,
  };
}

function encode(value: unknown): string {
  return encodeURIComponent(String(value).toWellFormed());
}

function jsonOf(value: unknown): string {
  return JSON.stringify(value);
}

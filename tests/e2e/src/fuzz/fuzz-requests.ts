import fc from 'fast-check';
import { hostileText, valuesOf, type Resolve, type Schema } from './schema-values.js';

interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly schema: Schema;
}

interface Operation {
  readonly operationId: string;
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content: { readonly 'application/json': { readonly schema: Schema } } };
  readonly responses: Readonly<Record<string, unknown>>;
}

export interface OpenApi {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components?: { readonly schemas?: Readonly<Record<string, Schema>> };
}

/** What is sent, and for which operation it is meant. */
export interface FuzzRequest {
  readonly operationId: string;
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
  /** As the document has them. */
  readonly statuses: readonly number[];
}

/** Values that are really there, by the name of a parameter: what would be absent tells little. */
export type Known = Readonly<Record<string, readonly string[]>>;

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS'] as const;

/** Requests to every operation of the document: most of them nearly right. */
export function requestsOf(
  document: OpenApi,
  known: Known,
  keys: readonly string[],
): fc.Arbitrary<FuzzRequest> {
  const resolve: Resolve = (ref) => document.components?.schemas?.[ref.split('/').at(-1)!] ?? {};
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) =>
      requestTo({ path, method, operation, known, keys, resolve }),
    ),
  );
  return fc.oneof(...operations);
}

function requestTo(params: {
  readonly path: string;
  readonly method: string;
  readonly operation: Operation;
  readonly known: Known;
  readonly keys: readonly string[];
  readonly resolve: Resolve;
}): fc.Arbitrary<FuzzRequest> {
  const { method, operation, keys, resolve } = params;
  const { operationId, parameters = [], requestBody, responses } = operation;
  const schema = requestBody?.content['application/json'].schema;
  return fc.record({
    operationId: fc.constant(operationId),
    method: fc.oneof(
      { weight: 30, arbitrary: fc.constant(method.toUpperCase()) },
      { weight: 1, arbitrary: fc.constantFrom(...METHODS) },
    ),
    path: fc
      .tuple(pathsOf(params), queriesOf(parameters, resolve))
      .map(([path, query]) => (query === '' ? path : `${path}?${query}`)),
    headers: headersOf(parameters, keys, schema !== undefined, resolve),
    body: schema === undefined ? strayBodies : bodiesOf(schema, resolve),
    statuses: fc.constant(Object.keys(responses).map(Number)),
  });
}

function pathsOf({ path, known }: { readonly path: string; readonly known: Known }): fc.Arbitrary<string> {
  const segments = path.split('/').map((segment) => {
    const name = /^\{(.*)\}$/.exec(segment)?.[1];
    if (name === undefined) return fc.constant(segment);
    const real = known[name] ?? [];
    return fc.oneof(...(real.length === 0 ? [] : [{ weight: 8, arbitrary: fc.constantFrom(...real) }]), {
      weight: 1,
      arbitrary: hostileText.map((text) => encode(text)),
    });
  });
  return fc.tuple(...segments).map((parts) => parts.join('/'));
}

function queriesOf(parameters: readonly Parameter[], resolve: Resolve): fc.Arbitrary<string> {
  const known = parameters
    .filter((parameter) => parameter.in === 'query')
    .map(({ name, schema }) => fc.tuple(fc.constant(name), valuesOf(schema, resolve)));
  const pair = fc.oneof(...known.map((arbitrary) => ({ weight: 4, arbitrary })), {
    weight: 1,
    arbitrary: fc.tuple(hostileText, hostileText),
  });
  return fc
    .array(pair, { maxLength: 3 })
    .map((pairs) => pairs.map(([name, value]) => `${encode(name)}=${encode(textOf(value))}`).join('&'));
}

function headersOf(
  parameters: readonly Parameter[],
  keys: readonly string[],
  hasBody: boolean,
  resolve: Resolve,
): fc.Arbitrary<Readonly<Record<string, string>>> {
  const own = parameters
    .filter((parameter) => parameter.in === 'header')
    .map(
      ({ name, schema }) =>
        [name, valuesOf(schema, resolve).map((value) => headerText(textOf(value)))] as const,
    );
  const types = [
    'application/json',
    'application/json; charset=utf-8',
    'text/plain',
    'application/x-www-form-urlencoded',
    '',
  ];
  const key = fc.oneof(
    { weight: 12, arbitrary: fc.constantFrom(...keys) },
    { weight: 1, arbitrary: hostileText.map(headerText) },
  );
  return fc
    .record({
      'x-api-key': key,
      accept: fc.constantFrom('*/*', 'application/json', 'text/event-stream', 'x'),
      'last-event-id': fc.oneof(
        { weight: 4, arbitrary: fc.constant('') },
        { weight: 1, arbitrary: hostileText.map(headerText) },
      ),
      ...(hasBody && {
        'content-type': fc.oneof(
          { weight: 12, arbitrary: fc.constant('application/json') },
          { weight: 1, arbitrary: fc.constantFrom(...types) },
        ),
      }),
      ...Object.fromEntries(own.map(([name, values]) => [name, fc.oneof(fc.constant(''), values)])),
    })
    .map((headers) => Object.fromEntries(Object.entries(headers).filter(([, value]) => value !== '')));
}

function bodiesOf(schema: Schema, resolve: Resolve): fc.Arbitrary<string | undefined> {
  return fc.oneof(
    { weight: 15, arbitrary: valuesOf(schema, resolve).map((value) => JSON.stringify(value)) },
    { weight: 1, arbitrary: hostileText },
    { weight: 1, arbitrary: fc.constantFrom(undefined, '', '{', '[[[[', '{"a":1,}', '\ufeff{}', '"', '[1]') },
  );
}

const strayBodies = fc.oneof(
  { weight: 8, arbitrary: fc.constant(undefined) },
  { weight: 1, arbitrary: hostileText },
);

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
}

/** Lone surrogates cannot be encoded. */
function encode(text: string): string {
  return encodeURIComponent(text.toWellFormed());
}

/** What may stand in a header at all: the rest no client can send. */
function headerText(text: string): string {
  return text.replaceAll(/[^\t\x20-\x7e\x80-\xff]/g, '?').trim();
}

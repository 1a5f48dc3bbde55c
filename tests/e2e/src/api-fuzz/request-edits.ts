import fc from 'fast-check';
import type { ApiRequest } from './api-request.js';
import { jsonEdit, oddName, oddText, textEdit } from './odd-values.js';

type RequestEdit = (request: ApiRequest) => ApiRequest;

const OTHER_METHODS = ['GET', 'POST', 'DELETE', 'PUT', 'PATCH', 'HEAD', 'OPTIONS', 'TRACE', 'PROPFIND'];

const CONTENT_TYPES = [
  'text/plain',
  'application/x-www-form-urlencoded',
  'multipart/form-data; boundary=x',
  'application/json; charset=utf-16',
  'application/vnd.api+json',
  'APPLICATION/JSON',
  'application/jsonp',
  '',
];

/** Values for headers that the API, or its server, reads. */
const HEADERS: Readonly<Record<string, readonly string[]>> = {
  'idempotency-key': ['k', '', ' ', 'x'.repeat(128), 'x'.repeat(129), '__proto__', 'é'],
  'last-event-id': ['0', '-1', 'x', '9'.repeat(30), '__proto__'],
  accept: ['text/event-stream', '*/*', 'text/html', 'text/event-stream;q=0', ';;;'],
  'x-request-id': ['mine', '<script>', 'x'.repeat(200), '../..', ' '],
  'x-api-key': ['', 'otp_', `otp_${'0'.repeat(64)}`, 'x'.repeat(10_000)],
  authorization: ['Bearer', 'Bearer ', 'Basic dTpw', 'Bearer a b', 'x'.repeat(5_000)],
  host: ['', 'example.com', '[::1', 'a b', 'x/y', 'user:pw@host', 'h:99999'],
  'content-encoding': ['gzip', 'br', 'x'],
  'x-forwarded-host': ['example.com'],
  'x-http-method-override': ['DELETE'],
  range: ['bytes=0-0', 'bytes=9-1'],
  expect: ['100-continue'],
  cookie: ['a=b'],
};

/** Mostly of a length that the server takes; its limit for all headers and the target together is 16 kB. */
const odd = fc.oneof(
  { weight: 20, arbitrary: oddText.map((text) => text.slice(0, 3_000)) },
  { weight: 1, arbitrary: oddText },
);

const editHeader = fc.constantFrom(...Object.keys(HEADERS)).chain((name) =>
  fc.oneof(fc.constantFrom(...HEADERS[name]!), odd).map(
    (value): RequestEdit =>
      (request) =>
        withHeader(request, name, value),
  ),
);

const editQuery: fc.Arbitrary<RequestEdit> = fc.oneof(
  fc.tuple(oddName, odd).map(([name, value]): RequestEdit => (request) => ({
    ...request,
    query: [...request.query, `${escape(name)}=${escape(value)}`],
  })),
  // The name of a parameter stays, its value does not; without any, a name alone.
  fc.tuple(fc.nat(), odd).map(([which, value]): RequestEdit => (request) => {
    const at = which % Math.max(1, request.query.length);
    const name = request.query[at]?.split('=')[0] ?? 'limit';
    return { ...request, query: request.query.toSpliced(at, 1, `${name}=${escape(value)}`) };
  }),
  fc.constant<RequestEdit>((request) => ({ ...request, query: [...request.query, ...request.query] })),
  odd.map((text): RequestEdit => (request) => ({ ...request, query: [...request.query, text] })),
);

const editPath: fc.Arbitrary<RequestEdit> = fc.oneof(
  fc.tuple(fc.nat(), odd).map(
    ([which, text]): RequestEdit =>
      (request) =>
        onSegment(request, which, () => [escape(text).replaceAll('/', '%2F')]),
  ),
  fc
    .tuple(
      fc.nat(),
      fc.constantFrom('..', '.', '%2e%2e', '%2F', '%5C', '', '%00', ';a=b', '*', ':dispatchId'),
    )
    .map(
      ([which, text]): RequestEdit =>
        (request) =>
          onSegment(request, which, (segment) => [segment, text]),
    ),
  fc.nat().map(
    (which): RequestEdit =>
      (request) =>
        onSegment(request, which, (segment) => [segment.toLowerCase()]),
  ),
  fc.nat().map(
    (which): RequestEdit =>
      (request) =>
        onSegment(request, which, () => []),
  ),
);

const editBody: fc.Arbitrary<RequestEdit> = fc.oneof(
  {
    weight: 6,
    arbitrary: jsonEdit.map(
      (edit): RequestEdit =>
        (request) =>
          onJson(request, edit),
    ),
  },
  {
    weight: 2,
    arbitrary: textEdit.map(
      (edit): RequestEdit =>
        (request) =>
          withBody(request, edit(request.body ?? '')),
    ),
  },
  { weight: 1, arbitrary: fc.constant<RequestEdit>((request) => ({ ...request, body: undefined })) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(...CONTENT_TYPES).map(
      (type): RequestEdit =>
        (request) =>
          withHeader(request, 'content-type', type),
    ),
  },
);

/** One change of a request. */
export const requestEdit: fc.Arbitrary<RequestEdit> = fc.oneof(
  { weight: 5, arbitrary: editBody },
  { weight: 4, arbitrary: editQuery },
  { weight: 4, arbitrary: editPath },
  { weight: 4, arbitrary: editHeader },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom(...OTHER_METHODS)
      .map((method): RequestEdit => (request) => ({ ...request, method })),
  },
);

function onSegment(
  request: ApiRequest,
  which: number,
  edit: (segment: string) => readonly string[],
): ApiRequest {
  const at = which % Math.max(1, request.segments.length);
  return { ...request, segments: request.segments.toSpliced(at, 1, ...edit(request.segments[at] ?? '')) };
}

/** What is no JSON any more, or too deep to be written again, stays as it is. */
function onJson(request: ApiRequest, edit: (value: unknown) => unknown): ApiRequest {
  try {
    const value: unknown = JSON.parse(request.body ?? 'null');
    return withBody(request, JSON.stringify(edit(value)));
  } catch {
    return request;
  }
}

function withBody(request: ApiRequest, body: string): ApiRequest {
  return withHeader({ ...request, body }, 'content-type', 'application/json');
}

function withHeader(request: ApiRequest, name: string, value: string): ApiRequest {
  return { ...request, headers: { ...request.headers, [name]: value } };
}

/** As one part of a query or path; what is not to be escaped by half stays as it is, `%zz` for one. */
function escape(text: string): string {
  return text.startsWith('%') ? text : encodeURIComponent(text.toWellFormed());
}

import { ErrorBodySchema, ROUTES, type OperationId, type RouteDefinition } from '@outpost/contracts';
import { Agent, request as httpRequest, type IncomingMessage } from 'node:http';
import type { FuzzRequest } from './fuzz-requests.js';

/** Nothing that is asked here takes as long: one that does not answer by then hangs. */
const HANG_MS = 60_000;
/** What only somebody inside could know. */
const INTERNALS = /node_modules|\bat \S+ \(|\.[jt]s:\d+:\d+|SQLITE_|SELECT |INSERT |ZodError|\/outpost-e2e-/;

export interface FuzzAnswer {
  readonly status: number;
  readonly requestId: string | undefined;
  /** Undefined: a stream, of which nothing was read. */
  readonly text: string | undefined;
}

const agent = new Agent({ keepAlive: true, maxSockets: 16 });

/** As it is: no client in between that mends it. */
export function send(origin: string, { method, path, headers, body }: FuzzRequest): Promise<FuzzAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<FuzzAnswer>();
  const bytes = body === undefined ? undefined : Buffer.from(body);
  const request = httpRequest(origin, {
    agent,
    method,
    path,
    headers: { ...headers, ...(bytes !== undefined && { 'content-length': String(bytes.length) }) },
    signal: AbortSignal.timeout(HANG_MS),
  });
  request.once('response', (response) => void read(response).then(resolve, reject));
  request.once('error', reject);
  request.end(bytes);
  return promise;
}

async function read(response: IncomingMessage): Promise<FuzzAnswer> {
  const status = response.statusCode ?? 0;
  const requestId = response.headers['x-request-id'] as string | undefined;
  if (response.headers['content-type']?.startsWith('text/event-stream') === true) {
    response.destroy();
    return { status, requestId, text: undefined };
  }
  let text = '';
  for await (const chunk of response.setEncoding('utf8')) text += chunk as string;
  return { status, requestId, text };
}

/** What is wrong with an answer; undefined: nothing. */
export function problemOf(request: FuzzRequest, { status, requestId, text }: FuzzAnswer): string | undefined {
  if (status >= 500 && status !== 503) return 'a fault of the server';
  if (requestId === undefined) return 'no X-Request-Id';
  if (text === undefined || request.method === 'HEAD') return undefined;
  if (INTERNALS.test(text)) return 'internals';
  const route: RouteDefinition = ROUTES[request.operationId as OperationId];
  const isMeant = request.method === route.method.toUpperCase();
  if (status >= 400) {
    if (isMeant && status !== 404 && !request.statuses.includes(status))
      return 'a status that is not documented';
    const error = ErrorBodySchema.safeParse(parse(text));
    if (!error.success) return 'an error of another shape';
    return error.data.error.requestId === requestId ? undefined : 'two request ids';
  }
  if (!isMeant) return undefined;
  const response = route.responses[status];
  if (response === undefined) return 'a success that is not documented';
  if (response.schema === undefined) return undefined;
  const body = response.schema.safeParse(parse(text));
  return body.success ? undefined : `a body of another shape: ${body.error.message}`;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

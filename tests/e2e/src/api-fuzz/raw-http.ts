import { request, type Agent, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import type { ApiRequest } from './api-request.js';

/** Far beyond what any request takes, also on a machine that is busy: an answer that is not there by then never comes. */
const LIMIT_MS = 60_000;

export interface RawAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** Of a stream that goes on, its beginning. */
  readonly body: string;
}

/** The path and query as they go over the wire: nothing is normalised, as `fetch` would do. */
export function targetOf({ segments, query }: Pick<ApiRequest, 'segments' | 'query'>): string {
  const target = `/${segments.join('/')}${query.length === 0 ? '' : `?${query.join('&')}`}`;
  return target.toWellFormed().replaceAll(/[^!-~]/gu, encodeURIComponent);
}

/** Header values may hold no control character: Node does not send them. */
export function headersOf(headers: Readonly<Record<string, string>>): Record<string, string> {
  const sendable = (value: string): string => value.replaceAll(/[^\t\x20-\x7e\x80-\xff]/g, '');
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, sendable(value)]));
}

/** Sends a request just as it is. Rejects when no answer comes. */
export async function send(
  { url, agent }: { readonly url: string; readonly agent: Agent },
  sent: Pick<ApiRequest, 'method' | 'segments' | 'query' | 'body' | 'headers'>,
): Promise<RawAnswer> {
  const body = sent.body === undefined ? undefined : Buffer.from(sent.body);
  const headers = { ...headersOf(sent.headers), ...(body && { 'content-length': String(body.length) }) };
  const { hostname, port } = new URL(url);
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const outgoing = request({
    hostname,
    port,
    agent,
    headers,
    method: sent.method,
    path: targetOf(sent),
    signal: AbortSignal.timeout(LIMIT_MS),
  });
  outgoing.on('response', resolve).on('error', reject);
  outgoing.end(body);
  const response = await promise;
  return { status: response.statusCode!, headers: response.headers, body: await bodyOf(response) };
}

async function bodyOf(response: IncomingMessage): Promise<string> {
  const isStream = (response.headers['content-type'] ?? '').startsWith('text/event-stream');
  const parts: Buffer[] = [];
  for await (const part of response) {
    parts.push(part as Buffer);
    if (isStream) break;
  }
  return Buffer.concat(parts).toString();
}

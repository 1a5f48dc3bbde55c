import { once } from 'node:events';
import { request as httpRequest, type ClientRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import {
  hostNameOf,
  isHostAmong,
  isPublicAddress,
  pinnedLookup,
  systemLookup,
  type Lookup,
} from '../net/public-host.js';
import type { WebhookRequest, WebhookSender } from '../ports/index.js';

export interface WebhookSenderOptions {
  /** Hosts that may have addresses which are not public; `*.example.com` is all below, `*` is all. */
  readonly privateHosts: readonly string[];
  /** Whether plain http is taken. */
  readonly allowHttp: boolean;
  readonly lookup?: Lookup;
}

/** While whoever makes a webhook waits. */
const LOOKUP_TIMEOUT_MS = 5_000;
const PUBLIC_ONLY: WebhookSenderOptions = { privateHosts: [], allowHttp: false };

/** Where a request may go to. */
interface Place {
  readonly url: URL;
  readonly addresses: readonly string[];
}

/** Sends over connections of their own, to the addresses that were found fit a moment before. */
export function createWebhookSender(options: WebhookSenderOptions = PUBLIC_ONLY): WebhookSender {
  return {
    async problemWith(url) {
      const signal = AbortSignal.timeout(LOOKUP_TIMEOUT_MS);
      const place = await unlessAborted(signal, placeOf(url, options)).catch(() => unresolved(url));
      return 'problem' in place ? place.problem : undefined;
    },
    async send(request) {
      // It also bounds how long a name is looked up.
      const signal = AbortSignal.timeout(request.timeoutMs);
      try {
        return await unlessAborted(signal, deliver(request, options, signal));
      } catch (error) {
        return {
          error: signal.aborted ? `no answer within ${request.timeoutMs / 1_000} s` : reasonOf(error),
        };
      }
    },
  };
}

async function deliver(
  request: WebhookRequest,
  options: WebhookSenderOptions,
  signal: AbortSignal,
): ReturnType<WebhookSender['send']> {
  const place = await placeOf(request.url, options);
  if ('problem' in place) return { error: place.problem };
  return { statusCode: await post(place, request, signal) };
}

async function placeOf(
  text: string,
  { privateHosts, allowHttp, lookup = systemLookup }: WebhookSenderOptions,
): Promise<Place | { readonly problem: string }> {
  const url = new URL(text);
  const host = hostNameOf(url);
  if (url.protocol !== 'https:' && !allowHttp) return { problem: 'must be an https URL' };
  const addresses = await lookup(host).catch(() => undefined);
  if (addresses === undefined || addresses.length === 0) return unresolved(text);
  if (!isHostAmong(privateHosts, host) && !addresses.every(isPublicAddress))
    return {
      problem: `is on a host that is not on the public internet: ${host}; its operator can allow it by name`,
    };
  return { url, addresses };
}

function unresolved(url: string): { readonly problem: string } {
  return { problem: `has a host name that cannot be resolved: ${hostNameOf(new URL(url))}` };
}

/** The status of the answer. What else it says is not read: it could be anything, and as long as it likes. */
async function post(
  { url, addresses }: Place,
  { headers, body }: WebhookRequest,
  signal: AbortSignal,
): Promise<number> {
  const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
  const request: ClientRequest = send(url, {
    method: 'POST',
    headers: { ...headers, 'content-length': Buffer.byteLength(body) },
    lookup: pinnedLookup(addresses),
    agent: false,
    signal,
  });
  // Also after the answer: a connection that breaks by then is no matter.
  request.on('error', () => undefined);
  request.end(body);
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  response.destroy();
  return response.statusCode ?? 0;
}

const REASONS: readonly (readonly [RegExp, string])[] = [
  [/^ECONNREFUSED$/, 'the connection was refused'],
  [/^(ECONNRESET|EPIPE)$/, 'the connection was cut'],
  [/^(EHOSTUNREACH|ENETUNREACH|EADDRNOTAVAIL|ETIMEDOUT)$/, 'the host cannot be reached'],
  [/^HPE_/, 'the answer was not HTTP'],
  [/CERT|TLS|SSL|SIGNATURE|EPROTO/, 'there was no TLS connection that can be trusted'],
];

/** An address that was looked up is not told: it may be of a network that only the operator knows. */
function reasonOf(error: unknown): string {
  const { code = '' } = error as NodeJS.ErrnoException;
  return REASONS.find(([pattern]) => pattern.test(code))?.[1] ?? 'the connection failed';
}

async function unlessAborted<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  const aborted = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(new Error('aborted')), { once: true });
  });
  return Promise.race([work, aborted]);
}

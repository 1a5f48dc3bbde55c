import { DEFAULT_PROTOCOLS } from './environment.js';

/** How a remote may be reached. */
export interface RemoteAccess {
  readonly protocols: readonly string[];
  /** Where a token may be sent; undefined: nowhere. */
  readonly tokenOrigin: string | undefined;
}

/** Plain http, and a token in plain sight, only to this machine itself. */
export function remoteAccess(url: string): RemoteAccess {
  const parsed = isWebUrl(url) && URL.canParse(url) ? new URL(url) : undefined;
  if (parsed === undefined) return { protocols: DEFAULT_PROTOCOLS, tokenOrigin: undefined };
  if (parsed.protocol === 'https:') return { protocols: DEFAULT_PROTOCOLS, tokenOrigin: parsed.origin };
  if (!isLoopback(parsed.hostname)) return { protocols: DEFAULT_PROTOCOLS, tokenOrigin: undefined };
  return { protocols: [...DEFAULT_PROTOCOLS, 'http'], tokenOrigin: parsed.origin };
}

/** The URL as it may be shown: without a user or password that somebody put into it. */
export function displayUrl(url: string): string {
  return url.replace(/^([a-z][a-z0-9+.-]*:\/\/)[^/?#]*@/i, '$1');
}

function isWebUrl(url: string): boolean {
  return /^https?:\/\//i.test(url);
}

function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(?:\.\d{1,3}){3}$/.test(hostname);
}

import type { LookupFunction } from 'node:net';
import { isIPv6 } from 'node:net';
import { Agent, EnvHttpProxyAgent, fetch, type Dispatcher, type RequestInit, type Response } from 'undici';
import { GitError } from '../git/git-error.js';
import { hasProxy, networkVariables, type GitHost } from '../git/environment.js';
import { guardRemote } from '../git/remote-guard.js';
import { isHostAmong } from '../net/public-host.js';

export interface GuardedFetchParams {
  readonly host: Pick<GitHost, 'ambient' | 'remotes' | 'lookup'>;
  /** Of what it may ask. */
  readonly url: string;
  /** Of the repository that it is asked about, which decides whether it may be on a private network. */
  readonly repositoryHost: string;
}

export interface GuardedFetch {
  readonly fetch: (url: string, init?: RequestInit) => Promise<Response>;
  close(): Promise<void>;
}

/**
 * Fetches as git does: the host is looked up once, refused when it may not be reached, and connected to at the
 * addresses that were found. No redirect is followed. Rejects with a GitError `refused`.
 */
export async function guardedFetch({ host, url, repositoryHost }: GuardedFetchParams): Promise<GuardedFetch> {
  const { ambient = {}, remotes, lookup } = host;
  const { hostname: apiHost } = new URL(url);
  const isPrivate = isHostAmong(remotes.privateHosts, repositoryHost);
  const policy = { hosts: ['*'], privateHosts: isPrivate ? [apiHost] : [] };
  // The repository must be on a host that is allowed; its API is where that host says.
  await guardRemote({
    url: `https://${repositoryHost}/`,
    policy: isPrivate ? { ...remotes, privateHosts: [repositoryHost] } : remotes,
    hasProxy: hasProxy(ambient),
    ...(lookup && { lookup }),
  });
  const pin = await guardRemote({ url, policy, hasProxy: hasProxy(ambient), ...(lookup && { lookup }) });
  const dispatcher = dispatcherFor(ambient, pin.addresses);
  return {
    async fetch(target, init) {
      const response = await fetch(target, { ...init, redirect: 'manual', dispatcher });
      if (response.status < 300 || response.status >= 400) return response;
      // Where it leads was looked up by nobody.
      const stderr = `${new URL(target).host} answered ${response.status}: the repository has moved, name its new address`;
      throw new GitError({ reason: 'refused', command: 'fetch', stderr });
    },
    close: () => dispatcher.close(),
  };
}

function dispatcherFor(
  ambient: NonNullable<GitHost['ambient']>,
  addresses: readonly string[] | undefined,
): Dispatcher {
  if (hasProxy(ambient)) {
    const variables = networkVariables(ambient);
    const named = (name: string) => variables[name] ?? variables[name.toLowerCase()];
    const all = named('ALL_PROXY');
    const [httpProxy, httpsProxy, noProxy] = [
      named('HTTP_PROXY') ?? all,
      named('HTTPS_PROXY') ?? all,
      named('NO_PROXY'),
    ];
    return new EnvHttpProxyAgent({
      ...(httpProxy !== undefined && { httpProxy }),
      ...(httpsProxy !== undefined && { httpsProxy }),
      ...(noProxy !== undefined && { noProxy }),
    });
  }
  return new Agent(addresses === undefined ? {} : { connect: { lookup: pinnedTo(addresses) } });
}

function pinnedTo(addresses: readonly string[]): LookupFunction {
  const known = addresses.map((address) => ({ address, family: isIPv6(address) ? 6 : 4 }));
  return (_host, { all }, answer) => {
    const [first] = known;
    if (first === undefined) answer(new Error('the host has no address'), '', 4);
    else if (all === true) answer(null, known);
    else answer(null, first.address, first.family);
  };
}

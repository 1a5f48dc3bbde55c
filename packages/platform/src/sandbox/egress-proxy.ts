import type { lookup as dnsLookup } from 'node:dns';
import { chmod } from 'node:fs/promises';
import { createServer } from 'node:net';
import { RequestError, Server } from 'proxy-chain';
import { isHostAmong, isPublicAddress, pinnedLookup, systemLookup, type Lookup } from '../net/public-host.js';

const FORBIDDEN = 403;
const BAD_GATEWAY = 502;
/** The socket lies in a private directory: whoever is shown it may use it. */
const FOR_ALL = 0o666;

export interface EgressPolicy {
  /** Host names; `*.example.com` is all below, `*` any. Their addresses must be public. */
  readonly hosts: readonly string[];
  /** `host:port` that may be reached wherever it is: the model's endpoint, the repository's host. */
  readonly endpoints: readonly string[];
  /** The proxy that this machine itself needs, as a URL. */
  readonly upstream: string | undefined;
  readonly lookup?: Lookup;
}

export interface EgressProxy {
  readonly socket: string;
  close(): Promise<void>;
}

/** An HTTP proxy on a Unix socket: the only way out of a sandbox, and what it lets through is decided here. */
export async function openEgressProxy(socket: string, policy: EgressPolicy): Promise<EgressProxy> {
  const proxy = new Server({
    prepareRequestFunction: ({ hostname, port }) => route(policy, hostname.replace(/^\[(.*)\]$/, '$1'), port),
  });
  const door = createServer((connection) => {
    // proxy-chain takes a connection without an address for one that is closed already, and one by Unix socket has none.
    Object.defineProperty(connection, 'remoteAddress', { value: socket });
    proxy.server.emit('connection', connection);
  });
  await new Promise<void>((resolve, reject) => {
    door.once('error', reject).listen(socket, resolve);
  });
  await chmod(socket, FOR_ALL);
  return {
    socket,
    close: async () => {
      door.close();
      proxy.closeConnections();
    },
  };
}

/** How to get there. Rejects for what is not allowed, in words that the agent is shown. */
async function route(policy: EgressPolicy, host: string, port: number) {
  const { hosts, endpoints, upstream } = policy;
  if (endpoints.includes(`${host}:${port}`)) return {};
  if (!isHostAmong(hosts, host))
    throw new RequestError(`${host} is not a host that agents may reach`, FORBIDDEN);
  const addresses = await addressesOf(policy, host);
  if (addresses.some((address) => !isPublicAddress(address)))
    throw new RequestError(`${host} is not on the public internet`, FORBIDDEN);
  return upstream === undefined ? { dnsLookup: pinned(addresses) } : { upstreamProxyUrl: upstream };
}

async function addressesOf(
  { upstream, lookup = systemLookup }: EgressPolicy,
  host: string,
): Promise<readonly string[]> {
  try {
    return await lookup(host);
  } catch {
    // A name that only the proxy above knows is left to that.
    if (upstream !== undefined) return [];
    throw new RequestError(`${host} cannot be resolved`, BAD_GATEWAY);
  }
}

function pinned(addresses: readonly string[]): typeof dnsLookup {
  // Sockets call it in this one way only.
  return pinnedLookup(addresses) as typeof dnsLookup;
}

import { isIPv6 } from 'node:net';
import { GitError } from './git-error.js';
import { hostNameOf, isHostAmong, isPublicAddress, systemLookup, type Lookup } from '../net/public-host.js';
import type { RemotePolicy } from './remote-policy.js';

/** Where git is to connect to for a remote, however its host resolves by then. */
export interface RemotePin {
  readonly config: Readonly<Record<string, string>>;
  /** Options of ssh. */
  readonly ssh: readonly string[];
  /** Undefined: however the host resolves. */
  readonly addresses: readonly string[] | undefined;
}

export interface GuardParams {
  readonly url: string;
  readonly policy: RemotePolicy;
  /** Proxies look names up for themselves. */
  readonly hasProxy: boolean;
  readonly lookup?: Lookup;
}

interface Host {
  readonly kind: 'web' | 'ssh';
  readonly name: string;
  readonly port: string;
}

const DEFAULT_PORTS: Readonly<Record<string, string>> = { 'https:': '443', 'http:': '80', 'ssh:': '22' };
const UNPINNED: RemotePin = { config: {}, ssh: [], addresses: undefined };

/**
 * Looks the host of a remote up once, refuses what may not be reached, and pins git to what was found: a name that
 * resolves otherwise a moment later, or a redirect, leads nowhere else. Rejects with a GitError `refused`.
 */
export async function guardRemote(params: GuardParams): Promise<RemotePin> {
  const { url, policy } = params;
  const host = hostOf(url);
  if (host === undefined) {
    if (policy.only === undefined) return UNPINNED;
    throw refused('it is on no host, and must be on one of those that are allowed');
  }
  if (!isHostAmong(policy.hosts, host.name) || !isHostAmong(policy.only ?? ['*'], host.name))
    throw refused(`${host.name} is not one of the hosts that are allowed`);
  if (isHostAmong(policy.privateHosts, host.name)) return UNPINNED;
  const addresses = await addressesOf(host, params);
  const hidden = addresses.find((address) => !isPublicAddress(address));
  if (hidden !== undefined)
    throw refused(`${host.name} is not on the public internet; its operator can allow it by name`);
  return host.kind === 'web' ? webPin(host, addresses) : sshPin(host, addresses);
}

/** Undefined: a path of this machine. */
function hostOf(url: string): Host | undefined {
  const scp = /^[\w.-]+@([A-Za-z0-9.-]+):/.exec(url);
  if (scp !== null) return { kind: 'ssh', name: scp[1]!, port: '22' };
  if (!URL.canParse(url)) return undefined;
  const { protocol, port } = new URL(url);
  const defaultPort = DEFAULT_PORTS[protocol];
  if (defaultPort === undefined) return undefined;
  const name = hostNameOf(new URL(url));
  return { kind: protocol === 'ssh:' ? 'ssh' : 'web', name, port: port === '' ? defaultPort : port };
}

/** A name that only a proxy knows is left to that; one that is known here must be fit, whoever looks it up. */
async function addressesOf({ name }: Host, params: GuardParams): Promise<readonly string[]> {
  const { hasProxy, lookup = systemLookup } = params;
  try {
    return await lookup(name);
  } catch {
    if (hasProxy) return [];
    throw refused(`the host name ${name} cannot be resolved`);
  }
}

function webPin({ name, port }: Host, addresses: readonly string[]): RemotePin {
  const pinned = addresses.map((address) => (isIPv6(address) ? `[${address}]` : address)).join(',');
  return {
    config: {
      // Where a redirect leads was looked up by nobody.
      'http.followRedirects': 'false',
      ...(pinned !== '' && { 'http.curloptResolve': `${name}:${port}:${pinned}` }),
    },
    ssh: [],
    addresses,
  };
}

function sshPin({ name }: Host, addresses: readonly string[]): RemotePin {
  const [address] = addresses;
  return {
    config: {},
    ssh: address === undefined ? [] : ['-o', `HostName=${address}`, '-o', `HostKeyAlias=${name}`],
    addresses,
  };
}

function refused(why: string): GitError {
  return new GitError({ reason: 'refused', command: 'remote', stderr: why });
}

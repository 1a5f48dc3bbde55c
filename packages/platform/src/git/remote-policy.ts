import ipaddr from 'ipaddr.js';
import { lookup as dnsLookup } from 'node:dns/promises';

/** Which hosts repositories may be on. Patterns are host names; `*.example.com` is all below, `*` is all. */
export interface RemotePolicy {
  readonly hosts: readonly string[];
  /** If given, only those of them that are also among these; and no path of the machine. */
  readonly only?: readonly string[] | undefined;
  /** Hosts that may have addresses which are not public. */
  readonly privateHosts: readonly string[];
}

/** All addresses that the host has now. Rejects when it has none. */
export type Lookup = (host: string) => Promise<readonly string[]>;

/** Any host, as for one who could as well name a path of this machine. */
export const ANY_REMOTE: RemotePolicy = { hosts: ['*'], privateHosts: ['*'] };

/** By the resolver that git's own libraries use: it also knows every way to write an address as a number. */
export const systemLookup: Lookup = async (host) => {
  const found = await dnsLookup(host, { all: true, verbatim: true });
  return found.map(({ address }) => address);
};

/** Whether a host is one of these. */
export function isHostAmong(patterns: readonly string[], host: string): boolean {
  const name = host.toLowerCase().replace(/\.$/, '');
  return patterns.some((pattern) => {
    const wanted = pattern.toLowerCase();
    return wanted === '*' || wanted === name || (wanted.startsWith('*.') && name.endsWith(wanted.slice(1)));
  });
}

/**
 * Whether an address is one of the internet at large: not of this machine, a private network, a cloud's metadata
 * service, nor one in which another address is hidden (IPv4 in IPv6, NAT64, 6to4, Teredo).
 */
export function isPublicAddress(address: string): boolean {
  return ipaddr.isValid(address) && ipaddr.process(address).range() === 'unicast';
}

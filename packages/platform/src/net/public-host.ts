import ipaddr from 'ipaddr.js';
import { lookup as dnsLookup } from 'node:dns/promises';
import { isIPv6, type LookupFunction } from 'node:net';

/** All addresses that the host has now. Rejects when it has none. */
export type Lookup = (host: string) => Promise<readonly string[]>;

/** By the resolver that git's own libraries use: it also knows every way to write an address as a number. */
export const systemLookup: Lookup = async (host) => {
  const found = await dnsLookup(host, { all: true, verbatim: true });
  return found.map(({ address }) => address);
};

/** Whether a host is one of these: names; `*.example.com` is all below, `*` is all. */
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

/** The name of a URL's host, without the brackets of an IPv6 address. */
export function hostNameOf({ hostname }: URL): string {
  return hostname.replace(/^\[(.*)\]$/, '$1');
}

/** For a socket: what was looked at is what is connected to. */
export function pinnedLookup(addresses: readonly string[]): LookupFunction {
  const all = addresses.map((address) => ({ address, family: isIPv6(address) ? 6 : 4 }));
  return (_, options, callback) => {
    if (options.all === true) callback(null, all);
    else callback(null, all[0]?.address ?? '', all[0]?.family);
  };
}

/** Which hosts repositories may be on. Patterns are host names; `*.example.com` is all below, `*` is all. */
export interface RemotePolicy {
  readonly hosts: readonly string[];
  /** If given, only those of them that are also among these; and no path of the machine. */
  readonly only?: readonly string[] | undefined;
  /** Hosts that may have addresses which are not public. */
  readonly privateHosts: readonly string[];
}

/** Any host, as for one who could as well name a path of this machine. */
export const ANY_REMOTE: RemotePolicy = { hosts: ['*'], privateHosts: ['*'] };

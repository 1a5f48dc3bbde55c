import type { RemotePin } from './remote-guard.js';
import type { Lookup } from '../net/public-host.js';
import type { RemotePolicy } from './remote-policy.js';

/** Where Outpost's git runs: nothing of the user's or the machine's own git set-up takes part. */
export interface GitHost {
  /** PATH of git and of what it starts (ssh). */
  readonly path: string;
  /** A private directory of Outpost. Made if need be; helpers live in it while their command runs. */
  readonly home: string;
  /** The ambient environment, of which only what reaches the network is taken: proxies, CA files, the ssh agent. */
  readonly ambient?: Readonly<Record<string, string | undefined>>;
  /** Which remotes it may ask. */
  readonly remotes: RemotePolicy;
  /** For tests. */
  readonly lookup?: Lookup;
}

/** A credential for one command. */
export interface Askpass {
  /** Executable that prints the token, from this environment. */
  readonly helper: string;
  /** The only origin that is told (`https://github.com`): a redirect elsewhere gets nothing. */
  readonly origin: string;
  readonly token: string;
}

export interface GitEnvironmentParams extends GitHost {
  readonly askpass?: Askpass | undefined;
  /** Transports that may be used; everything else is refused, also after a redirect. */
  readonly protocols?: readonly string[];
  readonly pin?: RemotePin | undefined;
}

export const DEFAULT_PROTOCOLS: readonly string[] = ['https', 'ssh', 'file'];

const SSH_OPTIONS = ['-o', 'BatchMode=yes', '-o', 'ConnectTimeout=15'];

const NETWORK_VARIABLES = [
  'HTTPS_PROXY',
  'HTTP_PROXY',
  'ALL_PROXY',
  'NO_PROXY',
  'https_proxy',
  'http_proxy',
  'all_proxy',
  'no_proxy',
  'SSL_CERT_FILE',
  'SSL_CERT_DIR',
  'GIT_SSL_CAINFO',
  'GIT_SSL_CAPATH',
  'NODE_EXTRA_CA_CERTS',
  'SSH_AUTH_SOCK',
] as const;

/** Configuration that wins over any file's, a hostile `.git/config` included. */
const SAFE_CONFIG: Readonly<Record<string, string>> = {
  'core.hooksPath': '/dev/null',
  'core.fsmonitor': 'false',
  'core.untrackedCache': 'false',
  'core.attributesFile': '/dev/null',
  'core.excludesFile': '/dev/null',
  'core.autocrlf': 'false',
  'core.safecrlf': 'false',
  'core.quotePath': 'true',
  // An empty helper clears those named before it.
  'credential.helper': '',
  'protocol.ext.allow': 'never',
  'submodule.recurse': 'false',
  'fetch.recurseSubmodules': 'false',
  'fetch.writeCommitGraph': 'false',
  'gc.auto': '0',
  'maintenance.auto': 'false',
  'commit.gpgSign': 'false',
  'init.defaultBranch': 'main',
  'advice.detachedHead': 'false',
};

/** The whole environment of a git that Outpost runs. Nothing is inherited from this process. */
export function gitEnvironment(params: GitEnvironmentParams): Record<string, string> {
  return {
    PATH: params.path,
    HOME: params.home,
    XDG_CONFIG_HOME: params.home,
    // Messages are read by programs: see remote-failure.ts.
    LC_ALL: 'C',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_ATTR_NOSYSTEM: '1',
    GIT_TERMINAL_PROMPT: '0',
    GIT_OPTIONAL_LOCKS: '0',
    GIT_NO_REPLACE_OBJECTS: '1',
    GIT_LFS_SKIP_SMUDGE: '1',
    GIT_PROTOCOL_FROM_USER: '0',
    GIT_ALLOW_PROTOCOL: (params.protocols ?? DEFAULT_PROTOCOLS).join(':'),
    GIT_SSH_COMMAND: ['ssh', ...SSH_OPTIONS, ...(params.pin?.ssh ?? [])].join(' '),
    ...networkVariables(params.ambient ?? {}),
    ...configVariables({ ...SAFE_CONFIG, ...params.pin?.config }),
    ...(params.askpass !== undefined && askpassVariables(params.askpass)),
  };
}

/** Whether this environment sends web traffic through a proxy. */
export function hasProxy(ambient: Readonly<Record<string, string | undefined>>): boolean {
  return Object.entries(networkVariables(ambient)).some(([name]) => /^(https?|all)_proxy$/i.test(name));
}

/** What of a machine's environment its programs need to reach the network: proxies, certificates, the ssh agent. */
export function networkVariables(
  ambient: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  const entries = NETWORK_VARIABLES.map((name) => [name, ambient[name]] as const);
  return Object.fromEntries(
    entries.filter((entry): entry is [(typeof NETWORK_VARIABLES)[number], string] => Boolean(entry[1])),
  );
}

// Through the environment rather than `-c`, so that every git that git starts has it too.
function configVariables(config: Readonly<Record<string, string>>): Record<string, string> {
  const entries = Object.entries(config);
  return {
    GIT_CONFIG_COUNT: String(entries.length),
    ...Object.fromEntries(
      entries.flatMap(([key, value], index) => [
        [`GIT_CONFIG_KEY_${index}`, key],
        [`GIT_CONFIG_VALUE_${index}`, value],
      ]),
    ),
  };
}

function askpassVariables({ helper, origin, token }: Askpass): Record<string, string> {
  return { GIT_ASKPASS: helper, OUTPOST_GIT_ORIGIN: origin, OUTPOST_GIT_TOKEN: token };
}

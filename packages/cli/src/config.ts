import { AGENTS, AGENT_NAMES } from '@outpost/contracts';
import { homedir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

export type Environment = Readonly<Record<string, string>>;

/** All that the CLI takes from its environment. */
export interface CliConfig {
  readonly repoRoot: string;
  /** Where the user called from: npm and pnpm change the working directory. */
  readonly callerDir: string;
  /** Absolute. */
  readonly dataDir: string;
  readonly agentsDir: string;
  /** PATH, with this Node first, and HOME: what every child process gets. */
  readonly base: Environment;
  /** Proxies and certificates. */
  readonly network: Environment;
  /** `npm_config_*`, without what would change where or what npm installs. */
  readonly npm: Environment;
  /** `PIP_*`. */
  readonly pip: Environment;
  /** Provider keys and base URLs, by the variables of the agent catalogue. */
  readonly providers: Environment;
  /** What says how agents are kept apart. */
  readonly sandbox: Environment;
  /** Where the API is and with which key, as far as the environment says so. */
  readonly api: { readonly url: string | undefined; readonly apiKey: string | undefined };
  /** Where a control plane of this machine listens. */
  readonly localUrl: string;
  /** Where profiles are kept. */
  readonly configDir: string;
  /** A command of a shell; undefined when none is set. */
  readonly editor: string | undefined;
  /** How this command was called, for what a person is told to call next. */
  readonly invocation: string;
}

const REPO_ROOT = fileURLToPath(new URL('../../..', import.meta.url)).replace(/\/$/, '');

const NETWORK =
  /^(https?_proxy|no_proxy|all_proxy|node_extra_ca_certs|node_use_env_proxy|ssl_cert_file|ssl_cert_dir|requests_ca_bundle|curl_ca_bundle)$/i;
const SANDBOX =
  /^(OUTPOST_(SANDBOX|AGENT_UID|AGENT_IMAGE_[A-Z]+)|DOCKER_HOST|CONTAINER_HOST|XDG_RUNTIME_DIR)$/;
// `npm run` puts its own settings into the environment, and a user's may leave out what a CLI needs.
const MISLEADING_NPM =
  /^npm_config_(_?prefix|local_prefix|global_prefix|global|location|omit|include|only|production|optional|dry_run|workspaces?|ignore_scripts|package_lock(_only)?|json|loglevel)$/i;

/** Reads the environment. */
export function readConfig(
  environment: Readonly<Record<string, string | undefined>> = process.env,
): CliConfig {
  const callerDir = valueOf(environment, 'INIT_CWD') ?? process.cwd();
  const home = valueOf(environment, 'HOME') ?? homedir();
  const dataDir = resolve(callerDir, valueOf(environment, 'OUTPOST_DATA_DIR') ?? join(REPO_ROOT, '.outpost'));
  const providerVariables = AGENT_NAMES.flatMap((agent) => [
    AGENTS[agent].apiKeyVariable,
    AGENTS[agent].baseUrlVariable,
  ]);
  return {
    repoRoot: REPO_ROOT,
    callerDir,
    dataDir,
    agentsDir: resolve(callerDir, valueOf(environment, 'OUTPOST_AGENTS_DIR') ?? join(dataDir, 'agents')),
    base: {
      PATH: [dirname(process.execPath), environment['PATH'] ?? '/usr/local/bin:/usr/bin:/bin'].join(
        delimiter,
      ),
      HOME: home,
    },
    network: pick(environment, (name) => NETWORK.test(name)),
    npm: pick(environment, (name) => /^npm_config_/i.test(name) && !MISLEADING_NPM.test(name)),
    pip: pick(environment, (name) => name.startsWith('PIP_')),
    providers: pick(environment, (name) => providerVariables.includes(name)),
    sandbox: pick(environment, (name) => SANDBOX.test(name)),
    api: { url: valueOf(environment, 'OUTPOST_URL'), apiKey: valueOf(environment, 'OUTPOST_API_KEY') },
    localUrl: `http://127.0.0.1:${valueOf(environment, 'PORT') ?? '3000'}`,
    configDir: join(valueOf(environment, 'XDG_CONFIG_HOME') ?? join(home, '.config'), 'outpost'),
    editor: valueOf(environment, 'VISUAL') ?? valueOf(environment, 'EDITOR'),
    invocation: environment['npm_lifecycle_event'] === 'outpost' ? 'npm run outpost --' : 'outpost',
  };
}

/** Hands settings to a control plane that runs in this process. */
export function setEnvironment(values: Readonly<Record<string, string | undefined>>): void {
  for (const [name, value] of Object.entries(values)) {
    if (value !== undefined) process.env[name] = value;
  }
}

// An empty variable is how a shell or a compose file says "not set".
function valueOf(
  environment: Readonly<Record<string, string | undefined>>,
  name: string,
): string | undefined {
  return environment[name] === '' ? undefined : environment[name];
}

function pick(
  environment: Readonly<Record<string, string | undefined>>,
  wanted: (name: string) => boolean,
): Environment {
  return Object.fromEntries(
    Object.entries(environment).filter(
      (entry): entry is [string, string] => entry[1] !== undefined && entry[1] !== '' && wanted(entry[0]),
    ),
  );
}

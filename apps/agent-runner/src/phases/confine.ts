import { AGENTS, parseRepository, TIERS, type RecordIn } from '@outpost/contracts';
import {
  openControlGroup,
  openEgressProxy,
  programFiles,
  type ControlGroup,
  type EgressPolicy,
  type EgressProxy,
  type Entered,
  type Sandbox,
} from '@outpost/platform/sandbox';
import { execa } from 'execa';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AgentCommand } from '../agents/adapter.js';
import { PhaseError } from '../phase-error.js';
import type { Worker } from '../worker.js';
import type { Workspace } from './workspace.js';

const PROCESSES_PER_CPU_UNIT = 2;
const CPU_UNITS = 1024;
const MB = 1024 ** 2;
const GB = 1024 ** 3;
const CERTIFICATE_VARIABLES = ['SSL_CERT_FILE', 'SSL_CERT_DIR', 'NODE_EXTRA_CA_CERTS', 'GIT_SSL_CAINFO'];
const DEFAULT_PORTS: Readonly<Record<string, string>> = { 'https:': '443', 'http:': '80' };
/** Where the relay inside the sandbox listens. */
const PROXY = 'http://127.0.0.1:3128';
const LOOPBACK = '127.0.0.1,localhost,::1';
const PROXY_VARIABLES: Readonly<Record<string, string>> = {
  HTTP_PROXY: PROXY,
  HTTPS_PROXY: PROXY,
  ALL_PROXY: PROXY,
  NO_PROXY: LOOPBACK,
  http_proxy: PROXY,
  https_proxy: PROXY,
  all_proxy: PROXY,
  no_proxy: LOOPBACK,
  // Node's own fetch looks at the others only with this.
  NODE_USE_ENV_PROXY: '1',
};

interface ConfineParams {
  readonly worker: Worker;
  readonly record: RecordIn<'RUNNING'>;
  readonly workspace: Workspace;
  readonly command: AgentCommand;
  readonly sandbox: Sandbox;
}

/** An agent's command, made ready to run in the worker's sandbox. To be disposed of when the agent has ended. */
export interface Confined extends AsyncDisposable {
  readonly command: AgentCommand;
  /** Goes before what the agent would have. */
  readonly env: Readonly<Record<string, string>>;
  readonly oomKills: () => number | undefined;
}

/** Hands the agent what is its own, and nothing else. */
export async function confine(params: ConfineParams): Promise<Confined> {
  const { worker, command, sandbox } = params;
  if (sandbox.name === 'none')
    return { command, env: {}, oomKills: worker.oomKills, [Symbol.asyncDispose]: async () => {} };
  // Not in the workspace: the path of a socket may have only 107 bytes.
  const scratchDir = await mkdtemp(join(tmpdir(), 'outpost-'));
  const open: { proxy?: EgressProxy; group?: ControlGroup | undefined; entered?: Entered } = {};
  const close = async (): Promise<void> => {
    // What is left then is ended by the housekeeping, as after a worker that was killed.
    await open.entered
      ?.close?.()
      .catch((error: unknown) => worker.logger.warn({ err: error }, 'not removed'));
    await open.proxy?.close().catch(() => {});
    await open.group?.close();
    await rm(scratchDir, { recursive: true, force: true });
  };
  try {
    open.group = sandbox.boundsMemory ? undefined : await controlGroupFor(params);
    if (sandbox.isolatesNetwork)
      open.proxy = await openEgressProxy(join(scratchDir, 'egress.sock'), egressPolicyOf(params));
    const { file, args, oomKills } = (open.entered = await enter({
      ...params,
      scratchDir,
      proxy: open.proxy,
    }));
    const { group } = open;
    return {
      command: { ...command, ...(group?.join({ file, args }) ?? { file, args }) },
      env: sandbox.isolatesNetwork ? PROXY_VARIABLES : {},
      oomKills: oomKills ?? (() => (group === undefined ? worker.oomKills() : group.oomKills())),
      [Symbol.asyncDispose]: close,
    };
  } catch (error) {
    await close();
    throw new PhaseError('workspace_failed', `The sandbox could not be made: ${messageOf(error)}`);
  }
}

async function controlGroupFor({ worker, record }: ConfineParams): Promise<ControlGroup | undefined> {
  const { memoryMb, cpuUnits } = TIERS[record.tier];
  const group = await openControlGroup({
    name: `outpost-${record.dispatchId}-${record.attempt}`,
    memoryBytes: memoryMb * MB,
    processors: cpuUnits / CPU_UNITS,
  });
  if (group === undefined) worker.logger.warn('memory and processor time of the agent are not bounded here');
  return group;
}

async function enter({
  worker,
  record,
  workspace,
  command,
  sandbox,
  scratchDir,
  proxy,
}: ConfineParams & { readonly scratchDir: string; readonly proxy: EgressProxy | undefined }) {
  const { admitted, network } = worker.config;
  const { repo, home, tmp, artifacts, root } = workspace;
  const { cpuUnits, memoryMb, storageGb } = TIERS[record.tier];
  const shown = [join(root, 'task.md'), join(root, 'context.json')];
  const writable = [repo, home, tmp, artifacts];
  if (sandbox.user !== undefined) await giveTo(sandbox.user, [...writable, ...shown]);
  await sandbox.admit(root);
  const certificates = CERTIFICATE_VARIABLES.flatMap((name) => network[name] ?? []);
  const isOfSandbox = sandbox.bringsCli && !worker.platform.agents.isReplaced(record.agent);
  return sandbox.enter(command, {
    dispatchId: record.dispatchId,
    cwd: repo,
    writable,
    readable: [...admitted.readable, ...certificates, ...shown].filter((path) => existsSync(path)),
    programs: isOfSandbox ? [] : [...programFiles(process.execPath), ...programFiles(command.file)],
    scratchDir,
    maxProcesses: cpuUnits * PROCESSES_PER_CPU_UNIT,
    maxFileBytes: storageGb * GB,
    memoryBytes: memoryMb * MB,
    processors: cpuUnits / CPU_UNITS,
    egress: proxy && { socket: proxy.socket, forwards: forwardsOf(worker, record) },
  });
}

async function giveTo(user: number, paths: readonly string[]): Promise<void> {
  const there = paths.filter((path) => existsSync(path));
  await execa('chown', ['--recursive', '--no-dereference', `${user}:${user}`, '--', ...there]);
}

/** Where the model and the repository are, and the hosts that are allowed to all. */
function egressPolicyOf({ worker, record }: ConfineParams): EgressPolicy {
  const { admitted, network } = worker.config;
  const { HTTPS_PROXY, https_proxy, HTTP_PROXY, http_proxy } = network;
  return {
    hosts: [...admitted.egressHosts, AGENTS[record.agent].apiHost],
    endpoints: [modelEndpoint(worker, record), repositoryEndpoint(record)].filter(
      (endpoint) => endpoint !== undefined,
    ),
    upstream: HTTPS_PROXY ?? https_proxy ?? HTTP_PROXY ?? http_proxy,
  };
}

/** An endpoint on this machine is where the agent expects it, on the sandbox's own loopback. */
function forwardsOf(worker: Worker, record: RecordIn<'RUNNING'>): readonly string[] {
  const endpoint = modelEndpoint(worker, record);
  return endpoint !== undefined && /^(127\.|localhost:|\[::1\])/.test(endpoint) ? [endpoint] : [];
}

function modelEndpoint({ config }: Worker, { agent }: RecordIn<'RUNNING'>): string | undefined {
  const url = config.agentBaseUrls[agent];
  return url === undefined ? undefined : endpointOf(url);
}

function repositoryEndpoint({ repo }: RecordIn<'RUNNING'>): string | undefined {
  const url = repo === undefined ? undefined : parseRepository(repo)?.url;
  return url === undefined ? undefined : endpointOf(url);
}

function endpointOf(url: string): string | undefined {
  if (!URL.canParse(url)) return undefined;
  const { protocol, hostname, port } = new URL(url);
  const defaultPort = DEFAULT_PORTS[protocol];
  return defaultPort === undefined ? undefined : `${hostname}:${port || defaultPort}`;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

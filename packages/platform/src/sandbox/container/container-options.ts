import type Docker from 'dockerode';
import { join } from 'node:path';
import { AGENT_RUN_VARIABLE } from '../../process/index.js';
import type { Confinement, Program, RelayOrders } from '../sandbox.js';
import { DISPATCH_LABEL } from './engine.js';

/** Where things are inside. */
const PLACES = { relay: '/outpost/relay.mjs', call: '/outpost/call' };
const CALL_SOCKET = 'agent.sock';
const SYSTEM_DIRECTORIES = ['/usr', '/bin', '/sbin', '/lib', '/lib64', '/etc'];
const NANO_CPUS = 1e9;
/** Enough for any agent; engines that may not raise a limit fail with their own default. */
const OPEN_FILES = 16_384;
const PROCESSES_OF_USER = 16_384;
const MAX_TEMPORARY_BYTES = 1024 ** 3;

export interface ContainerParams {
  readonly image: string;
  readonly program: Program;
  readonly confinement: Confinement;
  /** `uid:gid`. */
  readonly user: string;
  /** A user's own podman: the same user inside. */
  readonly keepsUser: boolean;
  readonly relay: string;
  /** On this machine; see `callSocketIn`. */
  readonly callDir: string;
  readonly passwd: string;
}

export function callSocketIn(callDir: string): string {
  return join(callDir, CALL_SOCKET);
}

/** All that the engine is told of an agent's container. It holds no secret: those come by the call. */
export function containerOptions(params: ContainerParams): Docker.ContainerCreateOptions {
  const { image, program, confinement, user } = params;
  const { dispatchId, cwd, egress } = confinement;
  const orders: RelayOrders = { egress, call: callSocketIn(PLACES.call) };
  return {
    Image: image,
    User: user,
    WorkingDir: '/',
    // The group of its child gets the signals that it is sent, as an agent's group does elsewhere.
    Entrypoint: ['/usr/bin/tini', '-g', '--', 'node'],
    Cmd: [PLACES.relay, JSON.stringify(orders), cwd, program.file, ...program.args],
    // By it its processes are found on this machine.
    Env: [`${AGENT_RUN_VARIABLE}=${dispatchId}`],
    Labels: { [DISPATCH_LABEL]: dispatchId },
    NetworkDisabled: true,
    HostConfig: {
      ...isolation(params),
      ...bounds(confinement),
      Mounts: mounts(params),
    },
  };
}

function isolation({ keepsUser }: ContainerParams): Docker.HostConfig {
  return {
    NetworkMode: 'none',
    ReadonlyRootfs: true,
    CapDrop: ['ALL'],
    // Its labels keep a container from files of this machine, its workspace too, unless those are relabelled for good.
    SecurityOpt: ['no-new-privileges', 'label=disable'],
    ...(keepsUser && { UsernsMode: 'keep-id' }),
    // The agent's output does not go through it; what it may write there all the same is bounded.
    LogConfig: { Type: 'json-file', Config: { 'max-size': '1m' } },
  };
}

function bounds({ memoryBytes, processors, maxProcesses, maxFileBytes }: Confinement): Docker.HostConfig {
  const temporary = Math.min(MAX_TEMPORARY_BYTES, memoryBytes / 2);
  return {
    Memory: memoryBytes,
    MemorySwap: memoryBytes,
    NanoCpus: processors * NANO_CPUS,
    PidsLimit: maxProcesses,
    Tmpfs: { '/tmp': `rw,exec,nosuid,nodev,mode=1777,size=${temporary}` },
    Ulimits: [
      { Name: 'fsize', Soft: maxFileBytes, Hard: maxFileBytes },
      { Name: 'core', Soft: 0, Hard: 0 },
      { Name: 'nofile', Soft: OPEN_FILES, Hard: OPEN_FILES },
      { Name: 'nproc', Soft: PROCESSES_OF_USER, Hard: PROCESSES_OF_USER },
    ],
  };
}

/** Everything but the last three is at its own path. */
function mounts({ confinement, relay, callDir, passwd }: ContainerParams): Docker.MountSettings[] {
  const { writable, readable, programs, egress } = confinement;
  const shown = [...readable, ...programs.filter((path) => !isOfSystem(path))].filter(
    (path) => !writable.includes(path),
  );
  return [
    ...[...new Set(shown)].map((path) => mount(path, path, true)),
    ...[...writable, ...(egress === undefined ? [] : [egress.socket])].map((path) =>
      mount(path, path, false),
    ),
    mount(relay, PLACES.relay, true),
    mount(callDir, PLACES.call, true),
    mount(passwd, '/etc/passwd', true),
  ];
}

function mount(Source: string, Target: string, ReadOnly: boolean): Docker.MountSettings {
  return { Type: 'bind', Source, Target, ReadOnly };
}

/** The image has its own, which this machine's would hide. */
function isOfSystem(path: string): boolean {
  return SYSTEM_DIRECTORIES.some((root) => path === root || path.startsWith(`${root}/`));
}

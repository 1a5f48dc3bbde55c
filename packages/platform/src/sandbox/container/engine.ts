import type Docker from 'dockerode';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { EngineAddress } from '../machine.js';

const USUAL_SOCKETS = ['/var/run/docker.sock', '/run/podman/podman.sock'];
const REQUEST_TIMEOUT_MS = 30_000;
const NOT_FOUND = 404;
/** Somebody else is at removing it. */
const CONFLICT = 409;
export const DISPATCH_LABEL = 'outpost.dispatch';

/** A container engine that answers: podman or docker. */
export interface Engine {
  /** Unix socket. */
  readonly socket: string;
  hasImage(name: string): Promise<boolean>;
  /** Resolves with the id. */
  create(options: Docker.ContainerCreateOptions): Promise<string>;
  /** Ends and deletes it; does nothing when it is gone. */
  remove(id: string): Promise<void>;
  /** The ids of what there is of a dispatch, whether it runs or not. */
  containersOf(dispatchId: string): Promise<readonly string[]>;
  /** Whether it runs as a user who is not root. */
  isRootless(): Promise<boolean>;
  isPodman(): Promise<boolean>;
}

/** Resolves with why there is none, for people. */
export async function findEngine({ host, runtimeDir }: EngineAddress): Promise<Engine | string> {
  if (host === undefined) return firstEngine(usualSockets(runtimeDir));
  const socket = /^unix:\/\/(\/.+)$/.exec(host)?.[1];
  if (socket === undefined)
    return `DOCKER_HOST or CONTAINER_HOST is ${host}: agents need an engine of this machine, as unix:///run/podman/podman.sock`;
  if (!existsSync(socket)) return `there is no ${socket}, which DOCKER_HOST or CONTAINER_HOST names`;
  return openEngine(socket);
}

async function firstEngine(sockets: readonly string[]): Promise<Engine | string> {
  const problems: string[] = [];
  for (const socket of sockets.filter((each) => existsSync(each))) {
    const engine = await openEngine(socket);
    if (typeof engine !== 'string') return engine;
    problems.push(engine);
  }
  if (problems.length > 0) return problems.join('; ');
  return `no podman or docker listens on ${sockets.join(', ')} (podman: systemctl enable --now podman.socket; elsewhere: set DOCKER_HOST)`;
}

function usualSockets(runtimeDir: string | undefined): readonly string[] {
  const own =
    runtimeDir === undefined
      ? []
      : [join(runtimeDir, 'podman', 'podman.sock'), join(runtimeDir, 'docker.sock')];
  return process.getuid?.() === 0 ? USUAL_SOCKETS : [...own, ...USUAL_SOCKETS];
}

async function openEngine(socket: string): Promise<Engine | string> {
  // Loaded where it is used: it takes its time.
  const { default: Client } = await import('dockerode');
  const client = new Client({ socketPath: socket, timeout: REQUEST_TIMEOUT_MS });
  try {
    await client.ping();
  } catch (error) {
    return `the engine on ${socket} does not answer: ${messageOf(error)}`;
  }
  return {
    socket,
    hasImage: async (name) => (await unless([NOT_FOUND], client.getImage(name).inspect())) !== undefined,
    create: async (options) => (await client.createContainer(options)).id,
    remove: async (id) => {
      await unless([NOT_FOUND, CONFLICT], client.getContainer(id).remove({ force: true, v: true }));
    },
    containersOf: async (dispatchId) => {
      const filters = { label: [`${DISPATCH_LABEL}=${dispatchId}`] };
      return (await client.listContainers({ all: true, filters })).map(({ Id }) => Id);
    },
    isRootless: async () => {
      const { SecurityOptions = [] } = (await client.info()) as { SecurityOptions?: string[] };
      return SecurityOptions.some((option) => option.includes('rootless'));
    },
    isPodman: async () => JSON.stringify(await client.version()).includes('Podman'),
  };
}

async function unless<T>(statuses: readonly number[], answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (statuses.includes((error as { statusCode?: number }).statusCode ?? 0)) return undefined;
    throw error;
  }
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message.trim() : String(error);
}

import { execa } from 'execa';
import { existsSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { lock } from 'proper-lockfile';
import { until } from '../until.js';
import { buildImages, makeNodeImage } from './images.js';
import { ENGINE_DIRECTORY, openPodman, type Podman } from './podman.js';

/** It ends by itself when the tests are killed and nobody calls it for so long. */
const IDLE_SECONDS = 600;
const LOCK_RETRIES = { retries: 3_000, factor: 1, minTimeout: 200, maxTimeout: 200 };

/** A container engine that answers on a socket. */
export interface ContainerEngine {
  /** As DOCKER_HOST has it. */
  readonly host: string;
  readonly podman: Podman;
  /** How large an image of infra/images is, layer by layer, as its build says it. */
  reportOf(image: string): Promise<string>;
  /** Names of containers of a dispatch, running or not. */
  containersOf(dispatchId: string): Promise<readonly string[]>;
  /** What the engine says of a container. */
  inspect(name: string): Promise<string>;
  /** Files in which it keeps this text. */
  filesWith(text: string): Promise<readonly string[]>;
  stop(): Promise<void>;
}

/** Starts one that has these images of infra/images. Undefined, and said aloud, where it cannot be had. */
export async function startContainerEngine(images: readonly string[]): Promise<ContainerEngine | undefined> {
  const podman = await preparePodman().catch((error: unknown) => {
    console.warn(`SKIPPED: what needs a container engine, as it cannot be had: ${reasonOf(error)}`);
    return undefined;
  });
  if (podman === undefined) return undefined;
  await alone(podman.directory, () => buildImages(podman, images));
  return serve(podman);
}

async function preparePodman(): Promise<Podman> {
  await mkdir(ENGINE_DIRECTORY, { recursive: true });
  return alone(ENGINE_DIRECTORY, async () => {
    const podman = await openPodman();
    await makeNodeImage(podman);
    return podman;
  });
}

/** Test files run side by side. */
async function alone<T>(directory: string, work: () => Promise<T>): Promise<T> {
  const release = await lock(directory, { realpath: false, retries: LOCK_RETRIES });
  try {
    return await work();
  } finally {
    await release();
  }
}

async function serve(podman: Podman): Promise<ContainerEngine> {
  const socket = join(podman.runDirectory, `${process.pid}.sock`);
  await rm(socket, { force: true });
  const { env } = podman;
  const service = execa('podman', ['system', 'service', `--time=${IDLE_SECONDS}`, `unix://${socket}`], {
    env,
    // Monitors of containers that ran out of memory leave a file there.
    cwd: podman.runDirectory,
    extendEnv: false,
    stdin: 'ignore',
    reject: false,
  });
  await until(async () => existsSync(socket) || undefined);
  const list = (...args: string[]): Promise<string> => podman.run('podman', ['ps', '--all', ...args]);
  return {
    host: `unix://${socket}`,
    podman,
    reportOf: async (image) => (await buildImages(podman, [image], ['--report'])).join('\n'),
    containersOf: async (dispatchId) =>
      (await list('--filter', `label=outpost.dispatch=${dispatchId}`, '--format', '{{.Names}}'))
        .split('\n')
        .filter(Boolean),
    inspect: (name) => podman.run('podman', ['container', 'inspect', name]),
    filesWith: async (text) => {
      const places = [join(podman.directory, 'storage', 'overlay-containers'), podman.runDirectory];
      const { stdout } = await execa('grep', ['-rlsF', '-D', 'skip', '--', text, ...places], {
        reject: false,
      });
      return stdout.split('\n').filter(Boolean);
    },
    stop: async () => {
      service.kill('SIGTERM');
      await service;
      await rm(socket, { force: true });
    },
  };
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.message.slice(0, 500);
}

import type { Container, ContainerEnd, ContainerOptions } from '@outpost/platform/testing/aws';
import { execa } from 'execa';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Podman } from './podman.js';

/** Of a processor that definitions count in. */
const CPU_UNITS = 1_024;
const DIRECTORIES = ['OUTPOST_WORKSPACE_DIR', 'OUTPOST_DATA_DIR'];

export interface TaskContainersOptions {
  /** Files and directories of this machine that containers see at their own place, to read. */
  readonly readable: readonly string[];
}

/**
 * Starts what task definitions say as containers: with their image, limits and rights, on volumes of their own, and in
 * the network of this machine, on whose loopback the services are.
 */
export function taskContainers(podman: Podman, options: TaskContainersOptions) {
  return async (task: ContainerOptions): Promise<Container> => {
    const env = environmentOf(task);
    const { args, name } = creation({ ...task, env }, options);
    // By their names alone: their values are in the environment of the program that creates it.
    await execa('podman', args, {
      env: { ...podman.env, ...env },
      extendEnv: false,
      stdin: 'ignore',
    });
    const directory = await mkdtemp(join(podman.runDirectory, 'task-'));
    const attached = execa('podman', ['start', '--attach', name], {
      cwd: directory,
      env: podman.env,
      extendEnv: false,
      stdin: 'ignore',
      all: true,
      buffer: false,
      reject: false,
    });
    const printed = (async () => {
      for await (const line of createInterface({ input: attached.all })) {
        task.onLine(line);
      }
    })();
    const end = async (): Promise<ContainerEnd> => {
      await Promise.all([attached, printed]);
      const exitCode = await podman.run('podman', ['inspect', '--format={{.State.ExitCode}}', name]);
      await podman.run('podman', ['rm', '--force', '--volumes', name]);
      // Where it was started, its monitor leaves this file; podman itself looks for it elsewhere.
      const isOutOfMemory = existsSync(join(directory, 'oom'));
      await rm(directory, { recursive: true });
      return { exitCode: Number(exitCode), isOutOfMemory };
    };
    await podman.run('podman', [
      'wait',
      '--condition=running',
      '--condition=stopped',
      '--condition=exited',
      name,
    ]);
    const told = (...command: string[]): void =>
      void execa('podman', [...command, name], { env: podman.env, extendEnv: false, reject: false });
    return {
      ended: end(),
      stop: (timeoutMs) => told('stop', `--time=${Math.ceil(timeoutMs / 1_000)}`),
      kill: () => told('kill'),
    };
  };
}

/** Its directories are where its definition says, not where a process that plays a container would have them. */
function environmentOf({ env, definition }: ContainerOptions): Readonly<Record<string, string>> {
  const own = definition.containerDefinitions?.[0]?.environment ?? [];
  const directories = own.filter(({ name = '' }) => DIRECTORIES.includes(name));
  return { ...env, ...Object.fromEntries(directories.map(({ name = '', value = '' }) => [name, value])) };
}

function creation(
  { name: taskId, definition, env, mounts }: ContainerOptions,
  { readable }: TaskContainersOptions,
) {
  const name = `outpost-task-${taskId}`;
  const [container] = definition.containerDefinitions ?? [];
  const dropped = container?.linuxParameters?.capabilities?.drop ?? [];
  const memory = `${definition.memory}m`;
  const args = [
    'create',
    `--name=${name}`,
    '--network=host',
    '--no-healthcheck',
    `--memory=${memory}`,
    `--memory-swap=${memory}`,
    `--cpus=${Number(definition.cpu) / CPU_UNITS}`,
    ...(container?.readonlyRootFilesystem === true ? ['--read-only', '--read-only-tmpfs=false'] : []),
    ...dropped.map((capability) => `--cap-drop=${capability}`),
    ...Object.keys(env).map((variable) => `--env=${variable}`),
    ...mounts.map(({ source, target }) => `--volume=${source}:${target}`),
    ...readable.map((path) => `--volume=${path}:${path}:ro`),
    container?.image ?? '',
  ];
  return { name, args };
}

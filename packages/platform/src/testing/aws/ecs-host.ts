import type { ContainerDefinition, RunTaskRequest } from '@aws-sdk/client-ecs';
import { symlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { WORKSPACE_ROOT } from '../../aws/task-names.js';
import type { StopCause } from '@outpost/contracts';
import { TEST_REGION } from './clients.js';
import type { RegisteredDefinition } from './ecs-definitions.js';
import type { Container, ContainerOptions, Mount } from './ecs-container.js';
import type { EfsServer } from './efs.js';

/** A line that a task's container printed, and where the awslogs driver puts it. */
export interface TaskOutput {
  readonly taskArn: string;
  readonly group: string;
  /** `<prefix>/<container>/<taskId>` */
  readonly stream: string;
  readonly line: string;
}

/** What the tasks of one cluster run on. */
export interface TaskHost {
  readonly worker: { readonly command: readonly string[]; readonly env: Readonly<Record<string, string>> };
  /** Where each task has directories that stand for those of its container, and go with it. */
  readonly workspacesDir: string;
  readonly efs: Pick<EfsServer, 'directoryOf'> | undefined;
  readonly metadataUrl: string;
  readonly stopTimeoutMs: number;
  readonly startContainer: (options: ContainerOptions) => Promise<Container>;
  readonly onOutput: ((output: TaskOutput) => void) | undefined;
  /** As a container is told of it. */
  agentToEnd(task: { readonly taskArn: string }): Promise<string | undefined>;
}

export interface NewTask {
  readonly taskArn: string;
  readonly clusterArn: string;
  readonly definition: RegisteredDefinition;
  readonly request: RunTaskRequest;
  /** What befalls it as soon as it can. */
  readonly fate: StopCause | undefined;
}

/** The one container of a worker's definition. */
export function containerOf({
  containerDefinitions: [container] = [],
}: RegisteredDefinition): ContainerDefinition {
  return container ?? {};
}

/** What definition and overrides say. */
export function containerEnvironment({ definition, request }: NewTask): Readonly<Record<string, string>> {
  const overrides = request.overrides?.containerOverrides ?? [];
  const pairs = [containerOf(definition), ...overrides].flatMap(({ environment = [] }) => environment);
  return Object.fromEntries(pairs.map(({ name = '', value = '' }) => [name, value]));
}

/** Directories that stand for what the image of a worker has inside its container. */
export interface ContainerDirs {
  readonly workspaces: string;
  readonly data: string;
}

/** The whole environment of the container's process. */
export function taskEnvironment(
  task: NewTask,
  { worker, metadataUrl }: TaskHost,
  dirs: ContainerDirs,
): Readonly<Record<string, string>> {
  const role = task.request.overrides?.taskRoleArn ?? task.definition.taskRoleArn;
  return {
    AWS_REGION: TEST_REGION,
    ...containerEnvironment(task),
    ...worker.env,
    OUTPOST_WORKSPACE_DIR: dirs.workspaces,
    OUTPOST_DATA_DIR: dirs.data,
    ECS_CONTAINER_METADATA_URI_V4: `${metadataUrl}/v4/${basename(task.taskArn)}`,
    // Tells other servers whose role calls them.
    ...(role !== undefined && {
      AWS_ACCESS_KEY_ID: basename(role),
      AWS_SECRET_ACCESS_KEY: 'dummy-secret-of-a-test',
    }),
  };
}

/** Where the awslogs driver puts what the container prints; undefined when the definition has no such driver. */
export function logStreamOf({
  definition,
  taskArn,
}: NewTask): Pick<TaskOutput, 'group' | 'stream'> | undefined {
  const { name = '', logConfiguration } = containerOf(definition);
  const group = logConfiguration?.options?.['awslogs-group'];
  const prefix = logConfiguration?.options?.['awslogs-stream-prefix'];
  if (group === undefined || prefix === undefined) return undefined;
  return { group, stream: `${prefix}/${name}/${basename(taskArn)}` };
}

/** What a definition mounts of the file system. Rejects as ECS words it when that has no such access point. */
export async function accessPointMounts(
  definition: RegisteredDefinition,
  efs: TaskHost['efs'],
): Promise<readonly Mount[]> {
  const points = (containerOf(definition).mountPoints ?? []).map(({ sourceVolume, containerPath = '' }) => ({
    volume: definition.volumes?.find(({ name }) => name === sourceVolume)?.efsVolumeConfiguration,
    target: containerPath,
  }));
  return Promise.all(
    points
      .filter(({ volume }) => volume !== undefined)
      .map(async ({ volume, target }) => {
        const accessPointId = volume?.authorizationConfig?.accessPointId ?? '';
        const source = await efs?.directoryOf(accessPointId);
        if (source === undefined || dirname(target) !== WORKSPACE_ROOT)
          throw new Error(
            `ResourceInitializationError: failed to invoke EFS utils commands to set up EFS volumes: ${accessPointId} at ${target}`,
          );
        return { source, target };
      }),
  );
}

/** Puts them where the container's directory stands for the workspace root. */
export async function linkMounts(mounts: readonly Mount[], directory: string): Promise<void> {
  for (const { source, target } of mounts) await symlink(source, join(directory, basename(target)));
}

import {
  RegisterTaskDefinitionCommand,
  type ContainerDefinition,
  type ECSClient,
  type RegisterTaskDefinitionCommandInput,
  type TaskDefinition,
  type Volume,
} from '@aws-sdk/client-ecs';
import type { LaunchTaskParams } from '../ports/index.js';
import { findTaskDefinition, type FoundTaskDefinition } from './ecs-task-definitions.js';
import { missingDefinitionError } from './task-launch-error.js';
import { taskFamily, workspaceTaskFamily, WORKSPACE_ROOT } from './task-names.js';
import type { AccessPoints, WorkspaceAccessPoint } from './workspace-access-points.js';

const VOLUME = 'workspace';
const BASE_TAG = 'baseTaskDefinition';

/** What a workspace's task definition has of the one that the stack made. */
const COPIED = [
  'taskRoleArn',
  'executionRoleArn',
  'networkMode',
  'placementConstraints',
  'requiresCompatibilities',
  'cpu',
  'memory',
  'pidMode',
  'ipcMode',
  'proxyConfiguration',
  'ephemeralStorage',
  'runtimePlatform',
  'enableFaultInjection',
] as const satisfies readonly (keyof TaskDefinition & keyof RegisterTaskDefinitionCommandInput)[];

export interface WorkspaceTaskParams extends Pick<
  LaunchTaskParams,
  'tenantId' | 'workspaceId' | 'agent' | 'tier'
> {
  readonly ecs: ECSClient;
  readonly accessPoints: AccessPoints;
  readonly containerName: string;
}

/**
 * The ARN of the task definition that mounts this workspace and no other. The one made before serves for as long as the
 * stack has not replaced what it was made from. An ARN, not the family: the newest revision may be another launch's.
 */
export async function ensureWorkspaceTaskDefinition(params: WorkspaceTaskParams): Promise<string> {
  const { ecs, accessPoints } = params;
  // First of all: what is left of a launch that fails on the way is found by its access point, and removed.
  const accessPoint = await accessPoints.ensure(params);
  const [base, known] = await Promise.all([
    findTaskDefinition(ecs, taskFamily(params)),
    findTaskDefinition(ecs, workspaceTaskFamily(params)),
  ]);
  if (base === undefined) throw missingDefinitionError(taskFamily(params));
  if (known !== undefined && isCurrent(known, base, accessPoint)) return known.arn;
  const { taskDefinition } = await ecs.send(
    new RegisterTaskDefinitionCommand(registration(params, base, accessPoint)),
  );
  return taskDefinition?.taskDefinitionArn ?? workspaceTaskFamily(params);
}

function isCurrent(
  known: FoundTaskDefinition,
  base: FoundTaskDefinition,
  { fileSystemId, accessPointId }: WorkspaceAccessPoint,
): boolean {
  const mounted = known.definition.volumes?.find(({ name }) => name === VOLUME)?.efsVolumeConfiguration;
  return (
    known.tags.find(({ key }) => key === BASE_TAG)?.value === base.arn &&
    mounted?.fileSystemId === fileSystemId &&
    mounted.authorizationConfig?.accessPointId === accessPointId
  );
}

function registration(
  params: WorkspaceTaskParams,
  base: FoundTaskDefinition,
  { fileSystemId, accessPointId }: WorkspaceAccessPoint,
): RegisterTaskDefinitionCommandInput {
  const { tenantId, workspaceId } = params;
  const { containerDefinitions = [], volumes = [], ...rest } = base.definition;
  const volume: Volume = {
    name: VOLUME,
    efsVolumeConfiguration: {
      fileSystemId,
      transitEncryption: 'ENABLED',
      authorizationConfig: { accessPointId, iam: 'ENABLED' },
    },
  };
  return {
    ...Object.fromEntries(COPIED.map((field) => [field, rest[field]])),
    family: workspaceTaskFamily(params),
    containerDefinitions: containerDefinitions.map((container) =>
      container.name === params.containerName ? withMount(container, workspaceId) : container,
    ),
    volumes: [...volumes, volume],
    tags: Object.entries({ tenantId, workspaceId, [BASE_TAG]: base.arn }).map(([key, value]) => ({
      key,
      value,
    })),
  };
}

function withMount(container: ContainerDefinition, workspaceId: string): ContainerDefinition {
  const mount = { sourceVolume: VOLUME, containerPath: `${WORKSPACE_ROOT}/${workspaceId}`, readOnly: false };
  return { ...container, mountPoints: [...(container.mountPoints ?? []), mount] };
}

import type { AgentName, TierName } from '@outpost/contracts';

/** The container that runs the worker, in every task definition. */
export const WORKER_CONTAINER = 'worker';
/** Of the streams that ECS makes for the workers' containers: `<prefix>/<container>/<task id>`. */
export const STREAM_PREFIX = 'outpost';
/** Where the image of a worker has its workspaces. */
export const WORKSPACE_ROOT = '/workspace';
/** What the family of every task definition begins with. */
export const FAMILY_PREFIX = 'outpost-';

interface WorkerKind {
  readonly agent: AgentName;
  readonly tier: TierName;
}

/** The family of task definitions that the stack makes for each agent and tier. */
export function taskFamily({ agent, tier }: WorkerKind): string {
  return `${FAMILY_PREFIX}${agent}-${tier}`;
}

/** The same with one persistent workspace mounted; made with the workspace's first task of this kind. */
export function workspaceTaskFamily({
  agent,
  tier,
  workspaceId,
}: WorkerKind & { readonly workspaceId: string }): string {
  return `${taskFamily({ agent, tier })}${workspaceSuffix(workspaceId)}`;
}

/** Whether the family mounts this workspace, whatever the agent and tier. */
export function isWorkspaceTaskFamily(family: string, workspaceId: string): boolean {
  return family.startsWith(FAMILY_PREFIX) && family.endsWith(workspaceSuffix(workspaceId));
}

function workspaceSuffix(workspaceId: string): string {
  return `-ws-${workspaceId}`;
}

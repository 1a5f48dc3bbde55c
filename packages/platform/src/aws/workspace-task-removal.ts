import {
  DeleteTaskDefinitionsCommand,
  DeregisterTaskDefinitionCommand,
  paginateListTaskDefinitionFamilies,
  paginateListTaskDefinitions,
  type ECSClient,
} from '@aws-sdk/client-ecs';
import { isNamed } from './errors.js';
import { FAMILY_PREFIX, isWorkspaceTaskFamily } from './task-names.js';

/** DeleteTaskDefinitions takes no more. */
const DELETE_BATCH_SIZE = 10;

/** Removes all revisions of all task definitions that mount the workspace. Idempotent, also when it was left half done. */
export async function removeWorkspaceTaskDefinitions(ecs: ECSClient, workspaceId: string): Promise<void> {
  for (const family of await listFamilies(ecs, workspaceId)) await removeFamily(ecs, family);
}

async function listFamilies(ecs: ECSClient, workspaceId: string): Promise<string[]> {
  const found: string[] = [];
  const query = { familyPrefix: FAMILY_PREFIX, status: 'ALL' } as const;
  for await (const page of paginateListTaskDefinitionFamilies({ client: ecs }, query))
    found.push(...(page.families ?? []).filter((family) => isWorkspaceTaskFamily(family, workspaceId)));
  return found;
}

/** Only what is deregistered may be deleted; what was deregistered before and not deleted is INACTIVE. */
async function removeFamily(ecs: ECSClient, family: string): Promise<void> {
  const active = await listRevisions(ecs, family, 'ACTIVE');
  const inactive = await listRevisions(ecs, family, 'INACTIVE');
  for (const taskDefinition of active) await deregister(ecs, taskDefinition);
  const all = [...new Set([...active, ...inactive])];
  for (let start = 0; start < all.length; start += DELETE_BATCH_SIZE)
    await deleteRevisions(ecs, all.slice(start, start + DELETE_BATCH_SIZE));
}

async function listRevisions(
  ecs: ECSClient,
  family: string,
  status: 'ACTIVE' | 'INACTIVE',
): Promise<string[]> {
  const found: string[] = [];
  for await (const page of paginateListTaskDefinitions({ client: ecs }, { familyPrefix: family, status }))
    found.push(...(page.taskDefinitionArns ?? []));
  return found;
}

/** Another instance may be removing the same workspace. */
async function deregister(ecs: ECSClient, taskDefinition: string): Promise<void> {
  try {
    await ecs.send(new DeregisterTaskDefinitionCommand({ taskDefinition }));
  } catch (error) {
    if (!isNamed(error, 'ClientException', 'InvalidParameterException')) throw error;
  }
}

async function deleteRevisions(ecs: ECSClient, taskDefinitions: string[]): Promise<void> {
  const { failures = [] } = await ecs.send(new DeleteTaskDefinitionsCommand({ taskDefinitions }));
  const failed = failures.find(({ reason }) => reason !== 'MISSING');
  if (failed !== undefined) throw new Error(`ECS did not delete ${failed.arn}: ${failed.reason}`);
}

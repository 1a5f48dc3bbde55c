import { GetCommand, type DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { WorkspaceKey, WorkspaceRecord } from '../ports/index.js';
import { TABLES } from './tables.js';

/** Partition key of the index that sorts all workspaces by their expiry. */
export const WORKSPACE_KIND = 'workspace';

/** A row of outpost-workspaces. */
export interface WorkspaceItem extends WorkspaceRecord {
  readonly kind: typeof WORKSPACE_KIND;
}

export async function readWorkspace(
  dynamodb: DynamoDBDocumentClient,
  key: WorkspaceKey,
): Promise<WorkspaceRecord | undefined> {
  const { Item } = await dynamodb.send(
    new GetCommand({ TableName: TABLES.workspaces.name, Key: workspaceKeyOf(key), ConsistentRead: true }),
  );
  return Item === undefined ? undefined : workspaceOf(Item as WorkspaceItem);
}

export function workspaceKeyOf({ tenantId, workspaceId }: WorkspaceKey): WorkspaceKey {
  return { tenantId, workspaceId };
}

export function workspaceOf({ kind: _, ...workspace }: WorkspaceItem): WorkspaceRecord {
  return workspace;
}

/** In UTC with milliseconds: then text compares as time does. */
export function inUtc(time: string): string {
  return new Date(time).toISOString();
}

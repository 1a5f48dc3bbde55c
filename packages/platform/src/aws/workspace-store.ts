import { DeleteCommand, PutCommand, UpdateCommand, type DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { randomUUID } from 'node:crypto';
import type { WorkspaceStore } from '../ports/index.js';
import { isWritten } from './conditional-write.js';
import { BACKOFF, untilUncontended } from './contention.js';
import { Expression } from './expression.js';
import { TABLES } from './tables.js';
import {
  inUtc,
  readWorkspace,
  WORKSPACE_KIND,
  workspaceKeyOf,
  type WorkspaceItem,
} from './workspace-items.js';
import { readWorkspaceSlot } from './workspace-line.js';
import { countWorkspaces, listExpiredWorkspaces, listWorkspaces } from './workspace-listing.js';
import { removeWorkspaceSlot, retireWorkspace } from './workspace-retirement.js';

const { name: TABLE } = TABLES.workspaces;

export interface AwsWorkspaceStoreOptions {
  readonly dynamodb: DynamoDBDocumentClient;
}

/** Records in outpost-workspaces; what is known of their use with their slots, in outpost-control. */
export function createAwsWorkspaceStore({ dynamodb }: AwsWorkspaceStoreOptions): WorkspaceStore {
  const context = { dynamodb, backoff: BACKOFF, newId: randomUUID };
  return {
    async put(workspace) {
      const Item: WorkspaceItem = {
        ...workspace,
        expiresAt: inUtc(workspace.expiresAt),
        kind: WORKSPACE_KIND,
      };
      await dynamodb.send(new PutCommand({ TableName: TABLE, Item }));
    },
    get: (key) => readWorkspace(dynamodb, key),
    async touch({ lastUsedAt, expiresAt, ...key }) {
      const expression = new Expression();
      const UpdateExpression = expression.update({ set: { lastUsedAt, expiresAt: inUtc(expiresAt) } });
      const conditions = [expression.isPresent('workspaceId'), expression.isAbsent('deletedAt')];
      const command = new UpdateCommand({
        TableName: TABLE,
        Key: workspaceKeyOf(key),
        UpdateExpression,
        ConditionExpression: conditions.join(' AND '),
        ...expression.attributes(),
      });
      return isWritten(untilUncontended(context.backoff, () => dynamodb.send(command)));
    },
    list: (params) => listWorkspaces(dynamodb, params),
    count: ({ tenantId }) => countWorkspaces(dynamodb, tenantId),
    useOf: (key) => readWorkspaceSlot(context, key),
    retire: (params) => retireWorkspace(context, params),
    async delete(key) {
      // Last the record: as long as it is there, what is left can be found.
      await removeWorkspaceSlot(context, key);
      await dynamodb.send(new DeleteCommand({ TableName: TABLE, Key: workspaceKeyOf(key) }));
    },
    listExpired: ({ now }) => listExpiredWorkspaces(dynamodb, inUtc(now)),
  };
}

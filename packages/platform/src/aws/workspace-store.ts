import {
  DeleteCommand,
  GetCommand,
  paginateQuery,
  PutCommand,
  type DynamoDBDocumentClient,
} from '@aws-sdk/lib-dynamodb';
import type { WorkspaceKey, WorkspaceRecord, WorkspaceStore } from '../ports/index.js';
import { TABLES } from './tables.js';

const { name: TABLE, indexes } = TABLES.workspaces;
const [BY_EXPIRY] = indexes;
const KIND = 'workspace';
/** So many rows are looked at again at once. */
const PAGE_ITEMS = 100;

export interface AwsWorkspaceStoreOptions {
  readonly dynamodb: DynamoDBDocumentClient;
}

/** A workspace with the partition key of the index that sorts all of them by their expiry. */
interface WorkspaceItem extends WorkspaceRecord {
  readonly kind: typeof KIND;
}

export function createAwsWorkspaceStore({ dynamodb }: AwsWorkspaceStoreOptions): WorkspaceStore {
  return {
    async put(workspace) {
      const Item: WorkspaceItem = { ...workspace, expiresAt: inUtc(workspace.expiresAt), kind: KIND };
      await dynamodb.send(new PutCommand({ TableName: TABLE, Item }));
    },
    get: (key) => readWorkspace(dynamodb, key),
    async delete(key) {
      await dynamodb.send(new DeleteCommand({ TableName: TABLE, Key: keyOf(key) }));
    },
    listExpired: ({ now }) => listExpired(dynamodb, inUtc(now)),
  };
}

async function readWorkspace(
  dynamodb: DynamoDBDocumentClient,
  key: WorkspaceKey,
): Promise<WorkspaceRecord | undefined> {
  const { Item } = await dynamodb.send(
    new GetCommand({ TableName: TABLE, Key: keyOf(key), ConsistentRead: true }),
  );
  return Item === undefined ? undefined : workspaceOf(Item as WorkspaceItem);
}

/** Their data will be deleted: the index, which may lag behind, only says which rows to look at. */
async function listExpired(dynamodb: DynamoDBDocumentClient, now: string): Promise<WorkspaceRecord[]> {
  const expired: WorkspaceRecord[] = [];
  const pages = paginateQuery(
    { client: dynamodb, pageSize: PAGE_ITEMS },
    {
      TableName: TABLE,
      IndexName: BY_EXPIRY.name,
      KeyConditionExpression: 'kind = :kind AND expiresAt < :now',
      ExpressionAttributeValues: { ':kind': KIND, ':now': now },
    },
  );
  for await (const { Items = [] } of pages) {
    const read = await Promise.all((Items as WorkspaceItem[]).map((item) => readWorkspace(dynamodb, item)));
    const known = read.filter((workspace) => workspace !== undefined);
    expired.push(...known.filter(({ expiresAt }) => expiresAt < now));
  }
  return expired;
}

function keyOf({ tenantId, workspaceId }: WorkspaceKey): WorkspaceKey {
  return { tenantId, workspaceId };
}

function workspaceOf({ kind: _, ...workspace }: WorkspaceItem): WorkspaceRecord {
  return workspace;
}

/** In UTC with milliseconds: then text compares as time does. */
function inUtc(time: string): string {
  return new Date(time).toISOString();
}

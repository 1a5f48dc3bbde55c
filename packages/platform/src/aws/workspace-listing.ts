import { paginateQuery, QueryCommand, type DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { decodeWorkspaceCursor, encodeWorkspaceCursor } from '../paging/workspace-cursor.js';
import type { ListWorkspacesParams, WorkspacePageResult, WorkspaceRecord } from '../ports/index.js';
import { queryItems } from './query-pages.js';
import { TABLES } from './tables.js';
import { readWorkspace, WORKSPACE_KIND, workspaceOf, type WorkspaceItem } from './workspace-items.js';

const { name: TABLE, indexes } = TABLES.workspaces;
const [BY_EXPIRY, BY_USE] = indexes;
/** So many rows are looked at again at once. */
const PAGE_ITEMS = 100;

export async function listWorkspaces(
  dynamodb: DynamoDBDocumentClient,
  { tenantId, limit, cursor }: ListWorkspacesParams,
): Promise<WorkspacePageResult> {
  const after = cursor === undefined ? undefined : { tenantId, ...decodeWorkspaceCursor(cursor) };
  const workspaces: WorkspaceRecord[] = [];
  const query = {
    TableName: TABLE,
    IndexName: BY_USE.name,
    ScanIndexForward: false,
    Limit: limit + 1,
    ...(after !== undefined && { ExclusiveStartKey: after }),
    ...ofTenant(tenantId),
  };
  for await (const item of queryItems({ dynamodb }, query)) {
    const last = workspaces.at(-1);
    // One more than asked for tells that there is a next page.
    if (workspaces.length === limit && last !== undefined)
      return { workspaces, nextCursor: encodeWorkspaceCursor(last) };
    workspaces.push(workspaceOf(item as unknown as WorkspaceItem));
  }
  return { workspaces, nextCursor: undefined };
}

export async function countWorkspaces(dynamodb: DynamoDBDocumentClient, tenantId: string): Promise<number> {
  let count = 0;
  let ExclusiveStartKey: Record<string, unknown> | undefined;
  do {
    const page = await dynamodb.send(
      new QueryCommand({
        TableName: TABLE,
        Select: 'COUNT',
        ConsistentRead: true,
        ...ofTenant(tenantId),
        ExclusiveStartKey,
      }),
    );
    count += page.Count ?? 0;
    ExclusiveStartKey = page.LastEvaluatedKey;
  } while (ExclusiveStartKey !== undefined);
  return count;
}

/** Those that are not deleted. */
function ofTenant(tenantId: string) {
  return {
    KeyConditionExpression: 'tenantId = :tenantId',
    FilterExpression: 'attribute_not_exists(deletedAt)',
    ExpressionAttributeValues: { ':tenantId': tenantId },
  };
}

/** Their data will be deleted: the index, which may lag behind, only says which rows to look at. */
export async function listExpiredWorkspaces(
  dynamodb: DynamoDBDocumentClient,
  now: string,
): Promise<WorkspaceRecord[]> {
  const expired: WorkspaceRecord[] = [];
  const pages = paginateQuery(
    { client: dynamodb, pageSize: PAGE_ITEMS },
    {
      TableName: TABLE,
      IndexName: BY_EXPIRY.name,
      KeyConditionExpression: 'kind = :kind AND expiresAt < :now',
      ExpressionAttributeValues: { ':kind': WORKSPACE_KIND, ':now': now },
    },
  );
  for await (const { Items = [] } of pages) {
    const read = await Promise.all((Items as WorkspaceItem[]).map((item) => readWorkspace(dynamodb, item)));
    const known = read.filter((workspace) => workspace !== undefined);
    expired.push(...known.filter(({ expiresAt }) => expiresAt < now));
  }
  return expired;
}

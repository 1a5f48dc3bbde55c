import { paginateQuery, PutCommand, type DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { AuditEntry } from '@outpost/contracts';
import { decodeCursor, encodeCursor, firstIdAt } from '../paging/ulid-cursor.js';
import type { AuditPageResult, AuditStore, Clock, ListAuditParams } from '../ports/index.js';
import { isWritten } from './conditional-write.js';
import { epochSeconds } from './expiry.js';
import { TABLES } from './tables.js';

const { name: TABLE } = TABLES.audit;
/** Items to look at in one query where most may be left out. */
const FILTERED_PAGE_ITEMS = 500;

export interface AwsAuditStoreOptions {
  readonly dynamodb: DynamoDBDocumentClient;
  readonly clock: Clock;
}

export function createAwsAuditStore(options: AwsAuditStoreOptions): AuditStore {
  return {
    append: (entry) => appendEntry(options, entry),
    list: (params) => listEntries(options, params),
  };
}

async function appendEntry({ dynamodb }: AwsAuditStoreOptions, entry: AuditEntry): Promise<void> {
  const ConditionExpression = 'attribute_not_exists(auditId)';
  // If it is there already, that may be by this very call, whose first answer was lost.
  await isWritten(dynamodb.send(new PutCommand({ TableName: TABLE, Item: entry, ConditionExpression })));
}

async function listEntries(options: AwsAuditStoreOptions, params: ListAuditParams): Promise<AuditPageResult> {
  const { limit, cursor, since } = params;
  const after = cursor === undefined ? undefined : decodeCursor(cursor);
  // DynamoDB refuses to start outside of what is asked for.
  if (after !== undefined && since !== undefined && after < firstIdAt(since))
    return { entries: [], nextCursor: undefined };
  // One more than asked for tells whether there is a next page.
  const found = await readEntries(options, params, after);
  const entries = found.slice(0, limit);
  const last = entries.at(-1);
  const hasMore = found.length > limit && last !== undefined;
  return { entries, nextCursor: hasMore ? encodeCursor(last.auditId) : undefined };
}

/** Newest first, from the one before `after`: more than the limit where there are more. */
async function readEntries(
  { dynamodb, clock }: AwsAuditStoreOptions,
  params: ListAuditParams,
  after: string | undefined,
): Promise<AuditEntry[]> {
  const { tenantId, action, limit } = params;
  const entries: AuditEntry[] = [];
  const pages = paginateQuery(
    {
      client: dynamodb,
      pageSize: action === undefined ? limit + 1 : FILTERED_PAGE_ITEMS,
      ...(after !== undefined && { startingToken: { tenantId, auditId: after } }),
    },
    queryOf(params, epochSeconds(clock)),
  );
  for await (const { Items = [] } of pages) {
    entries.push(...(Items as AuditEntry[]));
    if (entries.length > limit) break;
  }
  return entries;
}

function queryOf({ tenantId, action, since }: ListAuditParams, now: number) {
  return {
    TableName: TABLE,
    ScanIndexForward: false,
    KeyConditionExpression: `tenantId = :tenantId${since === undefined ? '' : ' AND auditId >= :since'}`,
    FilterExpression: `#ttl > :now${action === undefined ? '' : ' AND #action = :action'}`,
    ExpressionAttributeNames: { '#ttl': 'ttl', ...(action !== undefined && { '#action': 'action' }) },
    ExpressionAttributeValues: {
      ':tenantId': tenantId,
      ':now': now,
      ...(since !== undefined && { ':since': firstIdAt(since) }),
      ...(action !== undefined && { ':action': action }),
    },
  };
}

import { GetCommand, PutCommand, UpdateCommand, type DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { TenantSchema, type Tenant } from '@outpost/contracts';
import type { TenantChange, TenantStore } from '../ports/index.js';
import { isWritten } from './conditional-write.js';
import { tenantKey, TENANTS_PARTITION } from './control-keys.js';
import { partition } from './control-partition.js';
import type { Item } from './dispatch-context.js';
import { isNamed } from './errors.js';
import { Expression } from './expression.js';
import { queryItems } from './query-pages.js';
import { TABLES } from './tables.js';

const { name: TableName } = TABLES.control;

export interface AwsTenantStoreOptions {
  readonly dynamodb: DynamoDBDocumentClient;
}

export function createAwsTenantStore({ dynamodb }: AwsTenantStoreOptions): TenantStore {
  return {
    async create(tenant) {
      const expression = new Expression();
      const ConditionExpression = expression.isAbsent('pk');
      const Item = { ...tenantKey(tenant.tenantId), ...tenant };
      return isWritten(
        dynamodb.send(new PutCommand({ TableName, Item, ConditionExpression, ...expression.attributes() })),
      );
    },
    async get({ tenantId }) {
      const command = new GetCommand({ TableName, Key: tenantKey(tenantId), ConsistentRead: true });
      const { Item } = await dynamodb.send(command);
      return Item && tenantOf(Item);
    },
    async list() {
      const tenants: Tenant[] = [];
      for await (const item of queryItems({ dynamodb }, partition(TENANTS_PARTITION)))
        tenants.push(tenantOf(item));
      return tenants;
    },
    update: ({ tenantId, change }) => update(dynamodb, tenantId, change),
  };
}

async function update(
  dynamodb: DynamoDBDocumentClient,
  tenantId: string,
  change: TenantChange,
): Promise<Tenant | undefined> {
  const expression = new Expression();
  const remove = Object.entries(change).flatMap(([field, value]) => (value === undefined ? [field] : []));
  const UpdateExpression = expression.update({ set: change, remove });
  const ConditionExpression = expression.isPresent('pk');
  try {
    const { Attributes = {} } = await dynamodb.send(
      new UpdateCommand({
        TableName,
        Key: tenantKey(tenantId),
        UpdateExpression,
        ConditionExpression,
        ReturnValues: 'ALL_NEW',
        ...expression.attributes(),
      }),
    );
    return tenantOf(Attributes);
  } catch (error) {
    if (isNamed(error, 'ConditionalCheckFailedException')) return undefined;
    throw error;
  }
}

function tenantOf(item: Item): Tenant {
  return TenantSchema.strip().parse(item);
}

import {
  GetCommand,
  paginateQuery,
  QueryCommand,
  UpdateCommand,
  type DynamoDBDocumentClient,
} from '@aws-sdk/lib-dynamodb';
import { randomUUID } from 'node:crypto';
import type {
  ApiKeyName,
  ApiKeyStore,
  ApiKeyUsage,
  Clock,
  RotateParams,
  StoredApiKey,
} from '../ports/index.js';
import { isWritten } from './conditional-write.js';
import { BACKOFF, type Backoff } from './contention.js';
import type { ControlKey } from './control-keys.js';
import { isNamed } from './errors.js';
import { isExpired, epochSeconds, type Expiring } from './expiry.js';
import { Expression } from './expression.js';
import { TABLES } from './tables.js';
import { transact, type Step } from './transact.js';

const { apiKeys: KEYS, control: CONTROL } = TABLES;
const [BY_TENANT, BY_HASH] = KEYS.indexes;

export interface AwsApiKeyStoreOptions {
  readonly dynamodb: DynamoDBDocumentClient;
  readonly clock: Clock;
  readonly backoff?: Backoff;
}

/** Keys were not counted from the beginning. */
type ApiKeyItem = Omit<StoredApiKey, 'usageCount'> & Partial<Pick<StoredApiKey, 'usageCount'>> & Expiring;

export function createAwsApiKeyStore(options: AwsApiKeyStoreOptions): ApiKeyStore {
  return {
    create: (key) => createKey(options, key),
    async findByHash({ keyHash }) {
      const apiKeyId = await findId(options, keyHash);
      return apiKeyId === undefined ? undefined : readKey(options, apiKeyId);
    },
    list: ({ tenantId }) => listKeys(options, tenantId),
    get: (name) => findKey(options, name),
    revoke: (name) => revokeKey(options, name),
    rotate: (params) => rotateKey(options, params),
    addUsage: (usage) => addUsage(options, usage),
  };
}

/** Two instances may start at once with the same bootstrap key: the guard's own key is what makes a hash unique. */
async function createKey(
  { dynamodb, backoff = BACKOFF }: AwsApiKeyStoreOptions,
  key: StoredApiKey,
): Promise<boolean> {
  const refusals = await transact({ dynamodb, backoff, newId: randomUUID }, creation(key));
  return refusals === undefined;
}

function creation(key: StoredApiKey): { readonly key: Step; readonly guard: Step } {
  const guard = { ...guardKey(key.keyHash), apiKeyId: key.apiKeyId };
  return {
    key: { Put: { TableName: KEYS.name, Item: key, ConditionExpression: 'attribute_not_exists(apiKeyId)' } },
    guard: { Put: { TableName: CONTROL.name, Item: guard, ConditionExpression: 'attribute_not_exists(pk)' } },
  };
}

async function findKey(
  options: AwsApiKeyStoreOptions,
  { tenantId, apiKeyId }: ApiKeyName,
): Promise<StoredApiKey | undefined> {
  const key = await readKey(options, apiKeyId);
  return key?.tenantId === tenantId ? key : undefined;
}

async function rotateKey(
  options: AwsApiKeyStoreOptions,
  { replacement, expiresAt, ...name }: RotateParams,
): Promise<boolean> {
  const { dynamodb, backoff = BACKOFF } = options;
  const key = await findKey(options, name);
  if (key === undefined) return false;
  const ends = key.expiresAt === undefined || expiresAt < key.expiresAt ? expiresAt : key.expiresAt;
  const expression = new Expression();
  const set = { expiresAt: ends, replacedBy: replacement.apiKeyId };
  const Update = {
    TableName: KEYS.name,
    Key: { apiKeyId: name.apiKeyId },
    UpdateExpression: expression.update({ set }),
    ConditionExpression: [
      expression.compare('status', '=', 'active'),
      expression.isAbsent('replacedBy'),
      expression.isStill('expiresAt', key.expiresAt),
    ].join(' AND '),
    ...expression.attributes(),
  };
  const steps = { old: { Update }, ...creation(replacement) };
  return (await transact({ dynamodb, backoff, newId: randomUUID }, steps)) === undefined;
}

async function addUsage(
  { dynamodb }: AwsApiKeyStoreOptions,
  { tenantId, apiKeyId, count, lastUsedAt }: ApiKeyUsage,
): Promise<void> {
  const expression = new Expression();
  const UpdateExpression = expression.update({ set: { lastUsedAt }, add: { usageCount: count } });
  const ConditionExpression = expression.compare('tenantId', '=', tenantId);
  const write = new UpdateCommand({
    TableName: KEYS.name,
    Key: { apiKeyId },
    UpdateExpression,
    ConditionExpression,
    ...expression.attributes(),
  });
  await isWritten(dynamodb.send(write));
}

/** The index may not have a key yet that was made just now; its guard is there with it. */
async function findId({ dynamodb }: AwsApiKeyStoreOptions, keyHash: string): Promise<string | undefined> {
  const { Items: [indexed] = [] } = await dynamodb.send(
    new QueryCommand({
      TableName: KEYS.name,
      IndexName: BY_HASH.name,
      KeyConditionExpression: 'keyHash = :keyHash',
      ExpressionAttributeValues: { ':keyHash': keyHash },
    }),
  );
  if (indexed !== undefined) return (indexed as ApiKeyItem).apiKeyId;
  const { Item: guard } = await dynamodb.send(
    new GetCommand({ TableName: CONTROL.name, Key: guardKey(keyHash), ConsistentRead: true }),
  );
  return (guard as { readonly apiKeyId: string } | undefined)?.apiKeyId;
}

/** Consistently: a key that is revoked must not be let in by an answer from before. */
async function readKey(
  { dynamodb, clock }: AwsApiKeyStoreOptions,
  apiKeyId: string,
): Promise<StoredApiKey | undefined> {
  const { Item } = await dynamodb.send(
    new GetCommand({ TableName: KEYS.name, Key: { apiKeyId }, ConsistentRead: true }),
  );
  const item = Item as ApiKeyItem | undefined;
  return item === undefined || isExpired(item, clock) ? undefined : keyOf(item);
}

async function listKeys(
  { dynamodb, clock }: AwsApiKeyStoreOptions,
  tenantId: string,
): Promise<readonly StoredApiKey[]> {
  const items: ApiKeyItem[] = [];
  const pages = paginateQuery(
    { client: dynamodb },
    {
      TableName: KEYS.name,
      IndexName: BY_TENANT.name,
      KeyConditionExpression: 'tenantId = :tenantId',
      ExpressionAttributeValues: { ':tenantId': tenantId },
    },
  );
  for await (const { Items = [] } of pages) items.push(...(Items as ApiKeyItem[]));
  return items
    .filter((item) => !isExpired(item, clock))
    .map(keyOf)
    .toSorted(byCreation);
}

async function revokeKey(
  { dynamodb, clock }: AwsApiKeyStoreOptions,
  { tenantId, apiKeyId }: ApiKeyName,
): Promise<StoredApiKey | undefined> {
  try {
    const { Attributes } = await dynamodb.send(
      new UpdateCommand({
        TableName: KEYS.name,
        Key: { apiKeyId },
        UpdateExpression: 'SET #status = :revoked',
        ConditionExpression: 'tenantId = :tenantId AND (attribute_not_exists(#ttl) OR #ttl > :now)',
        ExpressionAttributeNames: { '#status': 'status', '#ttl': 'ttl' },
        ExpressionAttributeValues: {
          ':revoked': 'revoked',
          ':tenantId': tenantId,
          ':now': epochSeconds(clock),
        },
        ReturnValues: 'ALL_NEW',
      }),
    );
    return keyOf(Attributes as ApiKeyItem);
  } catch (error) {
    if (isNamed(error, 'ConditionalCheckFailedException')) return undefined;
    throw error;
  }
}

function guardKey(keyHash: string): ControlKey {
  return { pk: `#api-key#${keyHash}`, sk: 'api-key' };
}

function keyOf({ ttl: _, usageCount = 0, ...key }: ApiKeyItem): StoredApiKey {
  return { ...key, usageCount };
}

function byCreation(a: StoredApiKey, b: StoredApiKey): number {
  const [first, second] = [a, b].map(({ createdAt, apiKeyId }) => `${createdAt} ${apiKeyId}`);
  return first! < second! ? -1 : 1;
}

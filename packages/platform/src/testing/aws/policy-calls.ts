import { newDispatchId } from '../fixtures.js';
import { TEST_REGION } from './clients.js';
import type { RecordedSdkCall } from './policy-recorder.js';
import { TEST_ACCOUNT_ID } from './sts.js';

export const TEST_KEY_ARN = `arn:aws:kms:${TEST_REGION}:${TEST_ACCOUNT_ID}:key/1f7e`;
export const TEST_BUS = 'outpost-events';

const DISPATCH_ID = newDispatchId();

type Input = RecordedSdkCall['input'];

/** A call as it is recorded. */
export const sdkCall = (
  service: RecordedSdkCall['service'],
  operation: string,
  input: Input,
): RecordedSdkCall => ({
  service,
  operation,
  input,
});

export const rowCall = (operation: string, TableName: string, input: Input) =>
  sdkCall('dynamodb', operation, { TableName, ...input });

/** Takes one off the counter of a slot, as the end of a dispatch does. */
export const giveBack = (pk: string) => ({
  TableName: 'outpost-control',
  Key: { pk, sk: 'slots' },
  UpdateExpression: 'ADD #held :one',
  ConditionExpression: '#held > :none',
  ExpressionAttributeNames: { '#held': 'held' },
  ExpressionAttributeValues: { ':one': -1, ':none': 0 },
});

/** What only this tenant's workers may touch. */
export function ownCalls(tenantId: string): RecordedSdkCall[] {
  const job = { Key: { tenantId, dispatchId: DISPATCH_ID } };
  const event = { pk: `${tenantId}#outbox`, sk: DISPATCH_ID };
  const context = Buffer.from(JSON.stringify({ tenantId })).toString('base64');
  const object = (name: string) => ({
    Bucket: 'outpost-artifacts',
    Key: `${tenantId}/${DISPATCH_ID}/${name}`,
  });
  const encrypted = {
    ServerSideEncryption: 'aws:kms',
    SSEKMSKeyId: TEST_KEY_ARN,
    SSEKMSEncryptionContext: context,
  };
  return [
    rowCall('GetItem', 'outpost-jobs', job),
    rowCall('UpdateItem', 'outpost-jobs', { ...job, UpdateExpression: 'SET heartbeatAt = :v0' }),
    rowCall('PutItem', 'outpost-audit', { Item: { tenantId, auditId: DISPATCH_ID, action: 'secret.read' } }),
    rowCall('DeleteItem', 'outpost-control', { Key: event }),
    rowCall('Query', 'outpost-control', {
      KeyConditionExpression: 'pk = :v0',
      ExpressionAttributeValues: { ':v0': `#context#${tenantId}` },
    }),
    sdkCall('dynamodb', 'TransactWriteItems', {
      TransactItems: [
        { Update: { TableName: 'outpost-jobs', ...job, UpdateExpression: 'SET #status = :v0 REMOVE stage' } },
        { Update: giveBack(`${tenantId}#slots`) },
        { Put: { TableName: 'outpost-control', Item: { ...event, occurredAt: 'now' } } },
        { Delete: { TableName: 'outpost-control', Key: { pk: `${tenantId}#workspace#1`, sk: 'slot' } } },
      ],
    }),
    sdkCall('s3', 'PutObject', { ...object('task.md'), ...encrypted }),
    sdkCall('s3', 'CreateMultipartUpload', { ...object('repo.bundle'), ...encrypted }),
    sdkCall('s3', 'UploadPart', object('repo.bundle')),
    sdkCall('s3', 'CompleteMultipartUpload', object('repo.bundle')),
    sdkCall('s3', 'AbortMultipartUpload', object('repo.bundle')),
    sdkCall('s3', 'ListParts', object('repo.bundle')),
    sdkCall('s3', 'GetObject', object('task.md')),
    sdkCall('s3', 'PutObject', {
      Bucket: 'outpost-logs',
      Key: `${tenantId}/${DISPATCH_ID}.jsonl`,
      ...encrypted,
    }),
    ...['agents/claude', 'github', 'NPM_REGISTRY_KEY'].map((name) =>
      sdkCall('secrets', 'GetSecretValue', { SecretId: `outpost/tenants/${tenantId}/${name}` }),
    ),
  ];
}

/** What every tenant's workers touch. */
export const SHARED_CALLS: readonly RecordedSdkCall[] = [
  rowCall('UpdateItem', 'outpost-control', giveBack('#agent#claude')),
  sdkCall('dynamodb', 'TransactWriteItems', { TransactItems: [{ Update: giveBack('#agent#claude') }] }),
  sdkCall('secrets', 'GetSecretValue', { SecretId: 'outpost/agents/claude' }),
  sdkCall('secrets', 'GetSecretValue', { SecretId: 'outpost/github' }),
  sdkCall('events', 'PutEvents', {
    Entries: [{ EventBusName: TEST_BUS, Source: 'outpost', DetailType: 'dispatch.cost' }],
  }),
  sdkCall('sts', 'GetCallerIdentity', {}),
];

/** What no worker may do. */
export const FORBIDDEN_CALLS: readonly [string, RecordedSdkCall][] = [
  [
    'read the secret of a webhook',
    rowCall('GetItem', 'outpost-control', { Key: { pk: '#webhooks#acme', sk: '1' } }),
  ],
  [
    'read the secret of a webhook by writing to it',
    rowCall('UpdateItem', 'outpost-control', {
      Key: { pk: '#webhooks#acme', sk: '1' },
      UpdateExpression: 'SET url = :v0',
    }),
  ],
  [
    'make a delivery to a webhook',
    rowCall('PutItem', 'outpost-control', { Item: { pk: '#deliveries#1', sk: '1' } }),
  ],
  ['create a dispatch', rowCall('PutItem', 'outpost-jobs', { Item: { tenantId: 'acme', dispatchId: '1' } })],
  [
    'delete a dispatch',
    rowCall('DeleteItem', 'outpost-jobs', { Key: { tenantId: 'acme', dispatchId: '1' } }),
  ],
  ['read a whole table', rowCall('Scan', 'outpost-jobs', {})],
  [
    'look into an index',
    rowCall('Query', 'outpost-jobs', {
      IndexName: 'status-createdAt',
      KeyConditionExpression: '#status = :v0',
      ExpressionAttributeNames: { '#status': 'status' },
      ExpressionAttributeValues: { ':v0': 'acme' },
    }),
  ],
  ['read the audit', rowCall('GetItem', 'outpost-audit', { Key: { tenantId: 'acme', auditId: '1' } })],
  ['change the audit', rowCall('UpdateItem', 'outpost-audit', { Key: { tenantId: 'acme', auditId: '1' } })],
  ['read a key', rowCall('GetItem', 'outpost-api-keys', { Key: { apiKeyId: 'acme' } })],
  [
    'read a workspace',
    rowCall('GetItem', 'outpost-workspaces', { Key: { tenantId: 'acme', workspaceId: '1' } }),
  ],
  [
    'write something else on the slots of an agent',
    rowCall('UpdateItem', 'outpost-control', {
      ...giveBack('#agent#claude'),
      UpdateExpression: 'ADD #held :one SET #limit = :none',
      ExpressionAttributeNames: { '#held': 'held', '#limit': 'limit' },
    }),
  ],
  [
    'delete the slots of an agent',
    rowCall('DeleteItem', 'outpost-control', { Key: { pk: '#agent#claude', sk: 'slots' } }),
  ],
  ['touch another row of the fleet', rowCall('UpdateItem', 'outpost-control', giveBack('#queue#claude'))],
  [
    'write what its tenant says to agents',
    rowCall('PutItem', 'outpost-control', { Item: { pk: '#context#acme', sk: 'PROFILE' } }),
  ],
  ['use another bucket', sdkCall('s3', 'PutObject', { Bucket: 'somewhere', Key: 'acme/1/task.md' })],
  ['delete an object', sdkCall('s3', 'DeleteObject', { Bucket: 'outpost-artifacts', Key: 'acme/1/task.md' })],
  ['list a bucket', sdkCall('s3', 'ListObjectsV2', { Bucket: 'outpost-artifacts', Prefix: 'acme/' })],
  ['describe a secret', sdkCall('secrets', 'DescribeSecret', { SecretId: 'outpost/github' })],
  [
    'read a secret with a longer name',
    sdkCall('secrets', 'GetSecretValue', { SecretId: 'outpost/github-enterprise' }),
  ],
  ['read any other secret', sdkCall('secrets', 'GetSecretValue', { SecretId: 'production/database' })],
  [
    'send events in the name of somebody else',
    sdkCall('events', 'PutEvents', {
      Entries: [{ EventBusName: TEST_BUS, Source: 'aws.ecs', DetailType: 'dispatch.cost' }],
    }),
  ],
  [
    'send events to another bus',
    sdkCall('events', 'PutEvents', {
      Entries: [{ EventBusName: 'default', Source: 'outpost', DetailType: 'x' }],
    }),
  ],
];

/** Of the row of a warm worker. */
export const WARM_WORKER_ROW = { Key: { pk: '#workers', sk: '1' } };
/** What a warm worker does with it. */
export const WARM_WORKER_CALLS: readonly [string, RecordedSdkCall][] = [
  ['looks at its row', rowCall('GetItem', 'outpost-control', WARM_WORKER_ROW)],
  [
    'says its state',
    rowCall('UpdateItem', 'outpost-control', {
      ...WARM_WORKER_ROW,
      UpdateExpression: 'SET #state = :v0, changedAt = :v1 REMOVE dispatchId',
      ConditionExpression: 'assignmentId = :v2',
      ExpressionAttributeNames: { '#state': 'state' },
    }),
  ],
];

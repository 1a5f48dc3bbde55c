import { describe, expect, it } from 'vitest';
import { TEST_REGION } from '../testing/aws/clients.js';
import { rowCall, sdkCall, TEST_BUS, TEST_KEY_ARN } from '../testing/aws/policy-calls.js';
import type { RecordedSdkCall } from '../testing/aws/policy-recorder.js';
import { iamRequestsOf } from '../testing/aws/policy-requests.js';
import { granted } from '../testing/aws/policy.js';
import { TEST_ACCOUNT_ID } from '../testing/aws/sts.js';
import { controlPolicy } from './control-policy.js';

const PLACE = { region: TEST_REGION, accountId: TEST_ACCOUNT_ID };
const ROLES = ['worker', 'execution'].map((name) => `arn:aws:iam::${TEST_ACCOUNT_ID}:role/${name}`);
const ECS = `arn:aws:ecs:${TEST_REGION}:${TEST_ACCOUNT_ID}`;
const QUEUES = `https://sqs.${TEST_REGION}.amazonaws.com/${TEST_ACCOUNT_ID}`;

const POLICY = controlPolicy({
  ...PLACE,
  clusterName: 'outpost',
  workerRoleArns: ROLES,
  buckets: ['outpost-artifacts', 'outpost-logs', 'outpost-workspaces'],
  kmsKeyArn: TEST_KEY_ARN,
  busName: TEST_BUS,
  logGroup: '/ecs/outpost-workers',
  wakeQueueArn: `arn:aws:sqs:${TEST_REGION}:${TEST_ACCOUNT_ID}:outpost-wake`,
  fileSystemArn: `arn:aws:elasticfilesystem:${TEST_REGION}:${TEST_ACCOUNT_ID}:file-system/fs-1`,
});

const run = (rest: object = {}) =>
  sdkCall('ecs', 'RunTask', {
    cluster: 'outpost',
    taskDefinition: 'outpost-claude-fast',
    tags: [{ key: 'tenantId', value: 'acme' }],
    overrides: { taskRoleArn: ROLES[0] },
    ...rest,
  });
const register = (rest: object = {}) =>
  sdkCall('ecs', 'RegisterTaskDefinition', {
    family: 'outpost-claude-fast-ws-1',
    taskRoleArn: ROLES[0],
    executionRoleArn: ROLES[1],
    tags: [{ key: 'tenantId', value: 'acme' }],
    ...rest,
  });
const secret = (operation: string, SecretId: string) => sdkCall('secrets', operation, { SecretId });
const accessPoint = (body: object) =>
  sdkCall('efs', 'POST /2015-02-01/access-points', { body: JSON.stringify(body) });

const OWN: readonly [string, RecordedSdkCall][] = [
  ['accept a dispatch', rowCall('PutItem', 'outpost-jobs', { Item: { tenantId: 'acme', dispatchId: '1' } })],
  ['delete one', rowCall('DeleteItem', 'outpost-jobs', { Key: { tenantId: 'acme', dispatchId: '1' } })],
  [
    'find a key by its hash',
    rowCall('Query', 'outpost-api-keys', {
      IndexName: 'keyHash',
      KeyConditionExpression: 'keyHash = :v0',
      ExpressionAttributeValues: { ':v0': 'hash' },
    }),
  ],
  [
    'read several rows at once',
    sdkCall('dynamodb', 'BatchGetItem', {
      RequestItems: { 'outpost-control': { Keys: [{ pk: 'acme#slots', sk: 'slots' }] } },
    }),
  ],
  [
    'sign a URL of an artifact',
    sdkCall('s3', 'GetObject', { Bucket: 'outpost-artifacts', Key: 'acme/1/task.md' }),
  ],
  [
    'delete an artifact',
    sdkCall('s3', 'DeleteObject', { Bucket: 'outpost-artifacts', Key: 'acme/1/task.md' }),
  ],
  ['look for artifacts', sdkCall('s3', 'ListObjectsV2', { Bucket: 'outpost-artifacts', Prefix: 'acme/1/' })],
  ["ask whether there is an agent's key", secret('DescribeSecret', 'outpost/agents/claude')],
  ["ask whether there is a tenant's secret", secret('DescribeSecret', 'outpost/tenants/acme/DEPLOY_KEY')],
  ["read the fleet's git token", secret('GetSecretValue', 'outpost/github')],
  ["read a tenant's", secret('GetSecretValue', 'outpost/tenants/acme/github')],
  [
    "read a tenant's agent's key, which may not be pushed",
    secret('GetSecretValue', 'outpost/tenants/acme/agents/claude'),
  ],
  ["read a tenant's secret", secret('GetSecretValue', 'outpost/tenants/acme/DEPLOY_KEY')],
  ['look for the secrets of a tenant', sdkCall('secrets', 'ListSecrets', {})],
  ['make the key of manifests', sdkCall('secrets', 'CreateSecret', { Name: 'outpost/manifest-key' })],
  ['read the key of manifests', secret('GetSecretValue', 'outpost/manifest-key')],
  ['run a worker', run()],
  ['run one in a workspace', run({ taskDefinition: `${ECS}:task-definition/outpost-claude-fast-ws-1:3` })],
  ['stop one', sdkCall('ecs', 'StopTask', { cluster: 'outpost', task: `${ECS}:task/outpost/1` })],
  ['look for orphans', sdkCall('ecs', 'ListTasks', { cluster: 'outpost' })],
  ['make the task definition of a workspace', register()],
  ['make an access point', accessPoint({ FileSystemId: 'fs-1', Tags: [{ Key: 'tenantId', Value: 'acme' }] })],
  [
    'follow a log',
    sdkCall('logs', 'GetLogEvents', { logGroupName: '/ecs/outpost-workers', logStreamName: 'a' }),
  ],
  ['be woken', sdkCall('sqs', 'ReceiveMessage', { QueueUrl: `${QUEUES}/outpost-wake` })],
];

const FORBIDDEN: readonly [string, RecordedSdkCall][] = [
  ['make another secret', sdkCall('secrets', 'CreateSecret', { Name: 'outpost/github' })],
  ['read any other secret', secret('GetSecretValue', 'production/database')],
  ['change the audit', rowCall('UpdateItem', 'outpost-audit', { Key: { tenantId: 'acme', auditId: '1' } })],
  [
    'delete from the audit',
    rowCall('DeleteItem', 'outpost-audit', { Key: { tenantId: 'acme', auditId: '1' } }),
  ],
  ['delete a key', rowCall('DeleteItem', 'outpost-api-keys', { Key: { apiKeyId: '1' } })],
  ['read a whole table', rowCall('Scan', 'outpost-jobs', {})],
  ['write an artifact', sdkCall('s3', 'PutObject', { Bucket: 'outpost-artifacts', Key: 'acme/1/task.md' })],
  ['read another bucket', sdkCall('s3', 'GetObject', { Bucket: 'somewhere', Key: 'acme/1/task.md' })],
  ['follow another log', sdkCall('logs', 'GetLogEvents', { logGroupName: '/ecs/other', logStreamName: 'a' })],
  ['read another queue', sdkCall('sqs', 'ReceiveMessage', { QueueUrl: `${QUEUES}/outpost-ledger` })],
  [
    'stop a task of another cluster',
    sdkCall('ecs', 'StopTask', { cluster: 'prod', task: `${ECS}:task/prod/1` }),
  ],
];

it.each(OWN)('a control plane may %s', async (_, call) => {
  const requests = iamRequestsOf(call, PLACE);
  expect(requests).not.toEqual([]);
  expect(await granted(POLICY, requests)).toEqual(requests);
});

it.each(FORBIDDEN)('a control plane may not %s', async (_, call) => {
  const requests = iamRequestsOf(call, PLACE);
  expect(requests).not.toEqual([]);
  expect(await granted(POLICY, requests)).toEqual([]);
});

describe('a control plane is refused what is only a part of a call', () => {
  const refused = async (call: RecordedSdkCall) => {
    const requests = iamRequestsOf(call, PLACE);
    const allowed = await granted(POLICY, requests);
    return requests.filter((request) => !allowed.includes(request)).map(({ action }) => action);
  };

  it.each([
    ['a task definition of somebody else', run({ taskDefinition: 'billing' }), ['ecs:RunTask']],
    ['another cluster', run({ cluster: 'prod' }), ['ecs:RunTask', 'ecs:TagResource']],
    [
      'a role that is not for workers',
      run({ overrides: { taskRoleArn: `arn:aws:iam::${TEST_ACCOUNT_ID}:role/admin` } }),
      ['iam:PassRole'],
    ],
    [
      'a family of somebody else',
      register({ family: 'billing' }),
      ['ecs:RegisterTaskDefinition', 'ecs:TagResource'],
    ],
    ['another file system', accessPoint({ FileSystemId: 'fs-2' }), ['elasticfilesystem:CreateAccessPoint']],
  ])('%s', async (_, call, actions) => {
    expect(await refused(call)).toEqual(actions);
  });

  it('an access point that is no workspace', async () => {
    const [request] = iamRequestsOf(sdkCall('efs', 'DELETE /2015-02-01/access-points/fsap-1', {}), PLACE);
    expect(await granted(POLICY, [request!])).toHaveLength(1);
    expect(await granted(POLICY, [{ ...request!, context: {} }])).toEqual([]);
  });
});

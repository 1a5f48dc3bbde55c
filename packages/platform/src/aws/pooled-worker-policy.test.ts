import { randomUUID } from 'node:crypto';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createTestClients, TEST_REGION } from '../testing/aws/clients.js';
import { createTables, hasDynamoDb, startDynamoDb } from '../testing/aws/dynamodb.js';
import { createEcsWorkshop, TEST_TASK_OPTIONS } from '../testing/aws/ecs-workshop.js';
import {
  FORBIDDEN_CALLS,
  ownCalls,
  rowCall,
  SHARED_CALLS,
  TEST_BUS,
  TEST_KEY_ARN,
  WARM_WORKER_CALLS,
  WARM_WORKER_ROW,
} from '../testing/aws/policy-calls.js';
import { recordCalls, type RecordedSdkCall } from '../testing/aws/policy-recorder.js';
import { iamRequestsOf } from '../testing/aws/policy-requests.js';
import { granted, isAllowed, type IamRequest } from '../testing/aws/policy.js';
import { TEST_ACCOUNT_ID } from '../testing/aws/sts.js';
import { newDispatchId } from '../testing/fixtures.js';
import { createSettableClock } from '../testing/settable-clock.js';
import { createAwsAssignments } from './assignments.js';
import { createAwsSecretStore } from './secret-store.js';
import { createAwsWorkerPool } from './worker-pool.js';
import { pooledWorkerPolicy, workerPolicy } from './worker-policy.js';

const PLACE = { region: TEST_REGION, accountId: TEST_ACCOUNT_ID };
const PARAMS = {
  ...PLACE,
  buckets: ['outpost-artifacts', 'outpost-logs', 'outpost-workspaces'],
  kmsKeyArn: TEST_KEY_ARN,
  busName: TEST_BUS,
};
const FLEET_POLICY = pooledWorkerPolicy(PARAMS);

const requestsOf = (calls: readonly RecordedSdkCall[]) => calls.flatMap((each) => iamRequestsOf(each, PLACE));

describe('a worker of the fleet', () => {
  const shared = requestsOf(SHARED_CALLS);

  it.each(['acme', 'globex', 'a', 'acme:x'])('may do all that its work for %s takes', async (tenantId) => {
    const own = requestsOf(ownCalls(tenantId));
    expect(own.length).toBeGreaterThan(25);
    expect(await granted(FLEET_POLICY, [...own, ...shared])).toEqual([...own, ...shared]);
  });

  it.each(WARM_WORKER_CALLS)('has its part in warm workers: %s', async (_, call) => {
    const requests = iamRequestsOf(call, PLACE);
    expect(await granted(FLEET_POLICY, requests)).toEqual(requests);
  });

  it.each<[string, RecordedSdkCall]>([
    ...FORBIDDEN_CALLS,
    ['forget a worker', rowCall('DeleteItem', 'outpost-control', WARM_WORKER_ROW)],
    ['make a worker', rowCall('PutItem', 'outpost-control', { Item: { pk: '#workers', sk: '1' } })],
    [
      'list the workers',
      rowCall('Query', 'outpost-control', {
        KeyConditionExpression: 'pk = :v0',
        ExpressionAttributeValues: { ':v0': '#workers' },
      }),
    ],
    ...['tenantId', 'taskArn', 'agent'].map((attribute): [string, RecordedSdkCall] => [
      `write the ${attribute} of a worker`,
      rowCall('UpdateItem', 'outpost-control', {
        ...WARM_WORKER_ROW,
        UpdateExpression: `SET ${attribute} = :v0`,
      }),
    ]),
    [
      'read another row of the fleet',
      rowCall('GetItem', 'outpost-control', { Key: { pk: '#ping', sk: '1' } }),
    ],
    ['read a lease', rowCall('GetItem', 'outpost-control', { Key: { pk: '#leases', sk: 'reconciler' } })],
    [
      'write a row of the fleet',
      rowCall('PutItem', 'outpost-control', { Item: { pk: '#queue#claude', sk: 'x' } }),
    ],
    ['read whatever is in outpost-control', rowCall('Scan', 'outpost-control', {})],
    [
      'read the rows of a tenant',
      rowCall('GetItem', 'outpost-control', { Key: { pk: 'acme#slots', sk: 'slots' } }),
    ],
  ])('may not %s', async (_, forbidden) => {
    const requests = iamRequestsOf(forbidden, PLACE);
    expect(requests).not.toEqual([]);
    expect(await granted(FLEET_POLICY, requests)).toEqual([]);
  });

  it('may use the key for a tenant only, and through S3 only', async () => {
    const tenant = { 'kms:EncryptionContext:tenantId': 'acme' };
    const throughS3 = { 'kms:ViaService': `s3.${TEST_REGION}.amazonaws.com` };
    const request = { action: 'kms:Decrypt', resource: TEST_KEY_ARN, accountId: TEST_ACCOUNT_ID };
    const allowed = (context: IamRequest['context']) => isAllowed(FLEET_POLICY, { ...request, context });
    expect(await allowed({ ...tenant, ...throughS3 })).toBe(true);
    expect(await allowed(tenant)).toBe(false);
    expect(await allowed(throughS3)).toBe(false);
  });

  it('is not granted a row by a request that names none', async () => {
    for (const [table, action] of [
      ['outpost-jobs', 'GetItem'],
      ['outpost-audit', 'PutItem'],
      ['outpost-control', 'GetItem'],
      ['outpost-control', 'UpdateItem'],
    ]) {
      const resource = `arn:aws:dynamodb:${TEST_REGION}:${TEST_ACCOUNT_ID}:table/${table}`;
      const request = { action: `dynamodb:${action}`, resource, accountId: TEST_ACCOUNT_ID, context: {} };
      expect(await isAllowed(FLEET_POLICY, request)).toBe(false);
    }
  });

  it.skipIf(!hasDynamoDb())('may do what its driver does from its start to its end', async () => {
    const server = await startDynamoDb();
    const workshop = await createEcsWorkshop({ behaviour: 'ends-when-asked' });
    const [control, worker] = [0, 1].map(() => createTestClients({ dynamodb: server.url }));
    onTestFinished(async () => {
      for (const clients of [control!, worker!]) clients.destroy();
      await workshop.cleanup();
      await server.close();
    });
    const { dynamodb } = control!;
    await createTables(dynamodb);
    const clock = createSettableClock();
    const pool = createAwsWorkerPool({
      dynamodb,
      ecs: workshop.clients.ecs,
      clock,
      options: TEST_TASK_OPTIONS,
    });
    const workerId = randomUUID();
    await pool.start({ workerId, agent: 'claude', tier: 'fast' });
    const calls = recordCalls(worker!);
    const assignments = createAwsAssignments({
      dynamodb: worker!.dynamodb,
      clock,
      workerId,
      secrets: createAwsSecretStore(worker!),
      pause: async () =>
        void (await pool.assign({ workerId, tenantId: 'acme', dispatchId: newDispatchId(), secrets: [] })),
    });
    const { signal } = new AbortController();
    for (let round = 0; round < 2; round += 1)
      expect(await assignments.next({ signal })).toMatchObject({ tenantId: 'acme' });
    expect(await assignments.next({ signal: AbortSignal.abort() })).toBeUndefined();
    const requests = requestsOf(calls);
    expect(new Set(requests.map(({ action }) => action))).toEqual(
      new Set(['dynamodb:GetItem', 'dynamodb:UpdateItem']),
    );
    expect(await granted(FLEET_POLICY, requests)).toEqual(requests);
    expect(await granted(workerPolicy({ ...PARAMS, tenantId: 'acme' }), requests)).toEqual([]);
  });
});

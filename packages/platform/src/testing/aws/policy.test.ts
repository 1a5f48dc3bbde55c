import { describe, expect, it, onTestFinished } from 'vitest';
import { createAwsArtifactStore } from '../../aws/artifact-store.js';
import { createAwsAuditStore } from '../../aws/audit-store.js';
import { createAwsDispatchStore } from '../../aws/dispatch-store.js';
import { createAwsEventBus } from '../../aws/event-bus.js';
import { createAwsOutbox } from '../../aws/outbox.js';
import { createAwsSecretStore } from '../../aws/secret-store.js';
import { workerPolicy } from '../../aws/worker-policy.js';
import type { AuditStore, CreateDispatchResult, DispatchStore, Outbox } from '../../ports/index.js';
import { CLAIMED, costEvent, creation, ending, looseCostEvent, newDispatchId, TEST_AT } from '../fixtures.js';
import { createSettableClock } from '../settable-clock.js';
import { createTestClients, TEST_REGION } from './clients.js';
import { createTables, hasDynamoDb, startDynamoDb } from './dynamodb.js';
import { startEventBridge } from './event-bridge.js';
import { startFauxqs } from './fauxqs.js';
import { rowCall, sdkCall, TEST_BUS, TEST_KEY_ARN } from './policy-calls.js';
import { recordCalls, type RecordedSdkCall } from './policy-recorder.js';
import { iamRequestsOf } from './policy-requests.js';
import { granted, isAllowed, type IamRequest } from './policy.js';
import { startSecretsManager } from './secrets-manager.js';
import { createSqsClient } from './sqs.js';
import { TEST_ACCOUNT_ID } from './sts.js';

const PLACE = { region: TEST_REGION, accountId: TEST_ACCOUNT_ID };

const policyFor = (tenantId: string) =>
  workerPolicy({
    ...PLACE,
    tenantId,
    buckets: ['outpost-artifacts'],
    kmsKeyArn: TEST_KEY_ARN,
    busName: TEST_BUS,
  });

const requestsOf = (calls: readonly RecordedSdkCall[]) => calls.flatMap((each) => iamRequestsOf(each, PLACE));

describe('an evaluation', () => {
  it('takes the calls as the drivers make them', async () => {
    const fauxqs = await startFauxqs();
    const sqs = createSqsClient(fauxqs.url);
    const [secrets, events] = [await startSecretsManager(), await startEventBridge({ sqs })];
    await fauxqs.createBucket('outpost-artifacts');
    const clients = createTestClients({ s3: fauxqs.url, secrets: secrets.url, events: events.url });
    onTestFinished(async () => {
      clients.destroy();
      sqs.destroy();
      await Promise.all([events, secrets, fauxqs].map((server) => server.close()));
    });
    const calls = recordCalls(clients);
    const key = { tenantId: 'acme', dispatchId: newDispatchId() };
    const options = {
      s3: clients.s3,
      clock: createSettableClock(),
      bucket: 'outpost-artifacts',
      kmsKeyId: TEST_KEY_ARN,
    };
    const artifacts = createAwsArtifactStore(options);
    await artifacts.put({ ...key, name: 'task.md', body: { text: 'x' } });
    await artifacts.put({ ...key, name: 'repo.bundle', body: { text: 'x'.repeat(9_000_000) } });
    await createAwsSecretStore(clients).get({
      tenantId: 'acme',
      reference: { kind: 'agent', agent: 'claude' },
    });
    await createAwsEventBus({ events: clients.events, busName: TEST_BUS }).publish(looseCostEvent());

    expect(calls.map(({ service, operation }) => `${service}:${operation}`)).toEqual([
      's3:PutObject',
      's3:CreateMultipartUpload',
      's3:UploadPart',
      's3:UploadPart',
      's3:CompleteMultipartUpload',
      'secrets:GetSecretValue',
      'secrets:GetSecretValue',
      'events:PutEvents',
    ]);
    const requests = requestsOf(calls);
    expect(await granted(policyFor('acme'), requests)).toEqual(requests);
    const elsewhere = await granted(policyFor('globex'), requests);
    expect(elsewhere.map(({ resource }) => resource.split(':').slice(5).join(':'))).toEqual([
      'secret:outpost/agents/claude',
      'secret:outpost/agents/claude-AbC123',
      'event-bus/outpost-events',
    ]);
  });

  it.skipIf(!hasDynamoDb())('takes the rows that a dispatch touches as the drivers write them', async () => {
    const server = await startDynamoDb();
    const [control, worker] = [
      createTestClients({ dynamodb: server.url }),
      createTestClients({ dynamodb: server.url }),
    ];
    onTestFinished(async () => {
      for (const clients of [control, worker]) clients.destroy();
      await server.close();
    });
    await createTables(control.dynamodb);
    const clock = createSettableClock();
    const calls = recordCalls(worker);
    await runToTheEnd({
      created: await createAwsDispatchStore({ dynamodb: control.dynamodb, clock }).create(
        creation({ workspaceMode: 'persistent' }),
      ),
      dispatches: createAwsDispatchStore({ dynamodb: worker.dynamodb, clock }),
      outbox: createAwsOutbox(worker),
      audit: createAwsAuditStore({ dynamodb: worker.dynamodb, clock }),
    });

    const requests = requestsOf(calls);
    expect(new Set(requests.map(({ action }) => action))).toEqual(
      new Set(['dynamodb:GetItem', 'dynamodb:UpdateItem', 'dynamodb:PutItem']),
    );
    expect(await granted(policyFor('acme'), requests)).toEqual(requests);
    const elsewhere = await granted(policyFor('globex'), requests);
    expect(elsewhere.map(({ context }) => context['dynamodb:LeadingKeys'])).toEqual([['#agent#claude']]);
  });

  it('knows the rows of a call in either notation', () => {
    const Key = { tenantId: { S: 'acme' }, dispatchId: { S: '1' } };
    expect(requestsOf([rowCall('GetItem', 'outpost-jobs', { Key })])).toEqual(
      requestsOf([rowCall('GetItem', 'outpost-jobs', { Key: { tenantId: 'acme', dispatchId: '1' } })]),
    );
  });

  it('names the attributes that an expression does, and no other word of it', () => {
    const [request] = requestsOf([
      rowCall('UpdateItem', 'outpost-jobs', {
        Key: { tenantId: 'acme', dispatchId: '1' },
        UpdateExpression:
          'SET #s = :v0, tags.owner = :v1, launches = if_not_exists(launches, :zero) REMOVE stage',
        ConditionExpression: 'attribute_exists(taskArn) AND (#s IN (:v2, :v3) OR NOT size(tags) > :v4)',
        ExpressionAttributeNames: { '#s': 'status' },
      }),
    ]);
    expect(request?.context['dynamodb:Attributes']).toEqual([
      'tenantId',
      'dispatchId',
      'taskArn',
      'status',
      'tags',
      'launches',
      'stage',
    ]);
  });

  it('refuses what it cannot answer', async () => {
    expect(() => requestsOf([sdkCall('ecs', 'CreateCluster', {})])).toThrow(
      'What ecs:CreateCluster needs of IAM is not known here.',
    );
    expect(() => requestsOf([sdkCall('dynamodb', 'BatchWriteItem', {})])).toThrow('BatchWriteItem');
    const request = {
      action: 's3:GetObject',
      resource: 'arn:aws:s3:::b/k',
      accountId: TEST_ACCOUNT_ID,
      context: {},
    };
    const isKnown = (change: Partial<IamRequest>) => isAllowed(policyFor('acme'), { ...request, ...change });
    await expect(isKnown({ action: 's3:FetchObject' })).rejects.toThrow('cannot be evaluated');
    await expect(isKnown({ context: { 'dynamodb:LeadingKeys': ['acme'] } })).rejects.toThrow(
      'has no context key',
    );
  });
});

/** What a worker writes of a dispatch, from the claim to the delivery of its event. */
async function runToTheEnd(ports: {
  readonly created: CreateDispatchResult;
  readonly dispatches: DispatchStore;
  readonly outbox: Outbox;
  readonly audit: AuditStore;
}): Promise<void> {
  const { created, dispatches, outbox, audit } = ports;
  if (created.outcome !== 'created') throw new Error(created.outcome);
  const { record } = created;
  const { tenantId, dispatchId } = record;
  const key = { tenantId, dispatchId };
  const event = costEvent(record);
  const moves = [
    await dispatches.move({ ...key, move: CLAIMED }),
    await dispatches.annotate({ ...key, during: ['RUNNING'], set: { heartbeatAt: TEST_AT, stage: 'run' } }),
    await dispatches.move({ ...key, move: ending('COMPLETED'), event, during: ['RUNNING'] }),
  ];
  expect(moves.map(({ outcome }) => outcome)).toEqual(['moved', 'moved', 'moved']);
  await outbox.markPublished(event);
  await audit.append({
    auditId: newDispatchId(),
    tenantId,
    at: TEST_AT,
    actor: { kind: 'worker', id: dispatchId },
    action: 'secret.read',
    resource: 'secret/agents/claude',
    outcome: 'success',
    ttl: 1_900_000_000,
  });
}

import { CreateSecretCommand, PutSecretValueCommand } from '@aws-sdk/client-secrets-manager';
import { GetCommand } from '@aws-sdk/lib-dynamodb';
import type { CostEvent } from '@outpost/contracts';
import { ConfiguredRetryStrategy } from '@smithy/core/retry';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { workerKey } from '../../aws/control-keys.js';
import { TABLES, type AwsClients } from '../../aws/index.js';
import type { WorkerRecord } from '../../ports/index.js';
import { createTestClients, TEST_REGION, type AwsEndpoints } from './clients.js';
import { startCloudWatchLogs, type CloudWatchLogsServer } from './cloudwatch-logs.js';
import { createTables, startDynamoDb, type DynamoDbServer } from './dynamodb.js';
import { startEcs, type EcsOptions, type EcsServer } from './ecs.js';
import { registerWorkerTaskDefinitions } from './ecs-worker-definitions.js';
import { startEfs } from './efs.js';
import { startEventBridge, type EventBridgeServer, type EventEnvelope } from './event-bridge.js';
import { startFauxqs } from './fauxqs.js';
import { startSecretsManager } from './secrets-manager.js';
import { createSqsClient, drainQueue } from './sqs.js';
import { startSts } from './sts.js';

const TableName = TABLES.control.name;
const BUCKETS = ['outpost-artifacts', 'outpost-logs', 'outpost-workspaces'];
const BUS = 'outpost-events';
const LEDGER = 'outpost-ledger';
const WAKE = 'outpost-wake';
const LOG_GROUP = '/ecs/outpost-workers';

export interface AwsAccountOptions extends Pick<EcsOptions, 'stopTimeoutMs' | 'startContainer'> {
  /** For what lies on disks: workspaces, the file system, the tables. */
  readonly directory: string;
  /** What a worker's image runs, and what it needs to do so on this machine. */
  readonly worker: EcsOptions['worker'];
}

/** An AWS account on loopback, with all that the stack makes in one. */
export interface AwsAccount {
  readonly endpoints: AwsEndpoints;
  readonly clients: AwsClients;
  readonly dynamodb: DynamoDbServer;
  readonly ecs: EcsServer;
  readonly events: EventBridgeServer;
  readonly logs: CloudWatchLogsServer;
  /** The environment of a control plane in this account. */
  readonly controlPlaneEnv: Readonly<Record<string, string>>;
  /** Puts a task definition for every agent and tier in place of the last one. */
  defineWorkers(params: { readonly environment: Readonly<Record<string, string>> }): Promise<void>;
  putSecret(params: { readonly name: string; readonly value: string }): Promise<void>;
  /** Cost events that the rule has delivered to the ledger's queue so far, repeats included. */
  ledger(): Promise<readonly CostEvent[]>;
  /** Where the task that was started for a dispatch has its workspaces. */
  workspacesOf(dispatchId: string): string | undefined;
  close(): Promise<void>;
}

export async function startAwsAccount(options: AwsAccountOptions): Promise<AwsAccount> {
  const { directory, worker, ...ecsOptions } = options;
  const [efsDir, workspacesDir] = [join(directory, 'efs'), join(directory, 'tasks')];
  for (const each of [efsDir, workspacesDir]) await mkdir(each, { recursive: true });

  const dynamodb = await startDynamoDb({ file: join(directory, 'tables.db') });
  const fauxqs = await startFauxqs();
  const sqs = createSqsClient(fauxqs.url);
  const events = await startEventBridge({ sqs });
  const [secrets, sts, logs, efs] = await Promise.all([
    startSecretsManager(),
    startSts(),
    startCloudWatchLogs(),
    startEfs({ efsDir }),
  ]);
  const endpoints = {
    dynamodb: dynamodb.url,
    efs: efs.url,
    events: events.url,
    logs: logs.url,
    s3: fauxqs.url,
    secrets: secrets.url,
    sqs: fauxqs.url,
    sts: sts.url,
  };
  // A test may take the tables away for a moment: nothing that ends then may leave its agent behind.
  const patient = createTestClients(endpoints, { retryStrategy: new ConfiguredRetryStrategy(20, 250) });
  const ecs = await startEcs({
    ...ecsOptions,
    worker: { ...worker, env: { ...processEnv(endpoints), ...worker.env } },
    workspacesDir,
    efs,
    dispatchOf: async (workerId) => {
      const { Item } = await patient.dynamodb.send(new GetCommand({ TableName, Key: workerKey(workerId) }));
      return (Item as Pick<WorkerRecord, 'dispatchId'> | undefined)?.dispatchId;
    },
    onOutput: ({ group, stream, line }) => logs.ingest({ group, stream, line, timestampMs: Date.now() }),
  });
  const clients = createTestClients({ ...endpoints, ecs: ecs.url });
  await createTables(clients.dynamodb);
  for (const bucket of BUCKETS) await fauxqs.createBucket(bucket);
  const [queueUrl, wakeQueueUrl] = [await fauxqs.createQueue(LEDGER), await fauxqs.createQueue(WAKE)];
  const pattern = { source: ['outpost'], 'detail-type': ['dispatch.cost'] };
  for (const each of [queueUrl, wakeQueueUrl]) events.addRule({ busName: BUS, pattern, queueUrl: each });
  const delivered: CostEvent[] = [];

  return {
    endpoints: { ...endpoints, ecs: ecs.url },
    clients,
    dynamodb,
    ecs,
    events,
    logs,
    controlPlaneEnv: {
      ...processEnv({ ...endpoints, ecs: ecs.url }),
      AWS_REGION: TEST_REGION,
      AWS_ACCESS_KEY_ID: 'AKIATESTCONTROLPLANE',
      AWS_SECRET_ACCESS_KEY: 'dummy-secret-of-a-test',
      OUTPOST_MODE: 'aws',
      OUTPOST_ECS_SUBNETS: 'subnet-1,subnet-2',
      OUTPOST_ECS_SECURITY_GROUPS: 'sg-1',
      OUTPOST_LOG_GROUP: LOG_GROUP,
      OUTPOST_WAKE_QUEUE_URL: wakeQueueUrl,
      OUTPOST_EFS_FILE_SYSTEM_ID: efs.fileSystemId,
      OUTPOST_EFS_MOUNT_DIR: efsDir,
    },
    defineWorkers: ({ environment }) =>
      registerWorkerTaskDefinitions(clients.ecs, {
        environment: { OUTPOST_MODE: 'aws', ...environment },
        logGroup: LOG_GROUP,
      }),
    async putSecret({ name, value }) {
      const create = new CreateSecretCommand({ Name: name, SecretString: value });
      await clients.secrets
        .send(create)
        .catch(() =>
          clients.secrets.send(new PutSecretValueCommand({ SecretId: name, SecretString: value })),
        );
    },
    async ledger() {
      const envelopes = (await drainQueue(sqs, queueUrl)) as EventEnvelope<CostEvent>[];
      delivered.push(...envelopes.map(({ detail }) => detail));
      return delivered;
    },
    workspacesOf(dispatchId) {
      const task = ecs.tasks.findLast((each) => each.dispatchId === dispatchId);
      return task === undefined ? undefined : join(workspacesDir, task.taskId);
    },
    async close() {
      await ecs.close();
      clients.destroy();
      patient.destroy();
      sqs.destroy();
      await Promise.all([dynamodb, fauxqs, events, secrets, sts, logs, efs].map((server) => server.close()));
    },
  };
}

const ENDPOINT_VARIABLES: Readonly<Record<keyof AwsEndpoints, string>> = {
  dynamodb: 'AWS_ENDPOINT_URL_DYNAMODB',
  ecs: 'AWS_ENDPOINT_URL_ECS',
  efs: 'AWS_ENDPOINT_URL_EFS',
  events: 'AWS_ENDPOINT_URL_EVENTBRIDGE',
  logs: 'AWS_ENDPOINT_URL_CLOUDWATCH_LOGS',
  s3: 'AWS_ENDPOINT_URL_S3',
  secrets: 'AWS_ENDPOINT_URL_SECRETS_MANAGER',
  sqs: 'AWS_ENDPOINT_URL_SQS',
  sts: 'AWS_ENDPOINT_URL_STS',
};

/** What leads the SDK of a process to these servers. */
function processEnv(endpoints: AwsEndpoints): Record<string, string> {
  const services = Object.keys(endpoints) as (keyof AwsEndpoints)[];
  return Object.fromEntries(
    services.map((service) => [ENDPOINT_VARIABLES[service], endpoints[service] ?? '']),
  );
}

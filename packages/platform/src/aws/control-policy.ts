import { EVENT_SOURCE } from './event-bus.js';
import { ALL_TENANT_SECRETS, agentSecret, GITHUB_SECRET, MANIFEST_KEY_SECRET } from './secret-names.js';
import { TABLES, type TableName } from './tables.js';
import { FAMILY_PREFIX } from './task-names.js';
import type { PolicyDocument, PolicyStatement } from './worker-policy.js';

export interface ControlPolicyParams {
  readonly region: string;
  readonly accountId: string;
  /** `aws` by default; `aws-cn`, `aws-us-gov`. */
  readonly partition?: string | undefined;
  /** Of the workers. */
  readonly clusterName: string;
  /** All roles that a worker's task may be started with, to run or to be pulled. */
  readonly workerRoleArns: readonly string[];
  readonly buckets: readonly string[];
  /** ARN of the key that encrypts those; without one it is the account's own key for S3, which needs no grant. */
  readonly kmsKeyArn?: string | undefined;
  readonly busName: string;
  /** Of the workers. */
  readonly logGroup: string;
  readonly wakeQueueArn?: string | undefined;
  readonly fileSystemArn?: string | undefined;
}

/** All that a control plane may do. */
export function controlPolicy(params: ControlPolicyParams): PolicyDocument {
  return {
    Version: '2012-10-17',
    Statement: [
      ...rows(params),
      ...objects(params),
      ...secrets(params),
      ...tasks(params),
      ...workspaces(params),
      ...events(params),
      {
        Sid: 'WorkerLogs',
        Effect: 'Allow',
        Action: ['logs:GetLogEvents'],
        Resource: [arn(params, 'logs', `log-group:${params.logGroup}:log-stream:*`)],
      },
    ],
  };
}

const ROW_ACTIONS: Readonly<Record<TableName, readonly string[]>> = {
  jobs: ['GetItem', 'BatchGetItem', 'Query', 'PutItem', 'UpdateItem', 'DeleteItem', 'ConditionCheckItem'],
  apiKeys: ['GetItem', 'PutItem', 'UpdateItem'],
  // Entries are only ever added.
  audit: ['PutItem', 'Query'],
  workspaces: ['GetItem', 'Query', 'PutItem', 'UpdateItem', 'DeleteItem'],
  control: ['GetItem', 'BatchGetItem', 'Query', 'PutItem', 'UpdateItem', 'DeleteItem', 'ConditionCheckItem'],
};

function rows(params: ControlPolicyParams): readonly PolicyStatement[] {
  const tables = Object.keys(TABLES) as TableName[];
  const ofTables = tables.map((table) => ({
    Sid: `Rows${table[0]?.toUpperCase()}${table.slice(1)}`,
    Effect: 'Allow' as const,
    Action: ROW_ACTIONS[table].map((action) => `dynamodb:${action}`),
    Resource: [arn(params, 'dynamodb', `table/${TABLES[table].name}`)],
  }));
  const indexes = tables.flatMap((table) =>
    TABLES[table].indexes.map(({ name }) =>
      arn(params, 'dynamodb', `table/${TABLES[table].name}/index/${name}`),
    ),
  );
  return [...ofTables, { Sid: 'Indexes', Effect: 'Allow', Action: ['dynamodb:Query'], Resource: indexes }];
}

/** It signs URLs of artifacts, reads archived logs, and deletes both after their time. */
function objects(params: ControlPolicyParams): readonly PolicyStatement[] {
  const { region, partition = 'aws', buckets, kmsKeyArn } = params;
  const arns = buckets.map((bucket) => `arn:${partition}:s3:::${bucket}`);
  const own: readonly PolicyStatement[] = [
    // Without it S3 says of an object that is not there that it may not be looked at.
    { Sid: 'Buckets', Effect: 'Allow', Action: ['s3:ListBucket'], Resource: arns },
    {
      Sid: 'Objects',
      Effect: 'Allow',
      Action: ['s3:GetObject', 's3:DeleteObject'],
      Resource: arns.map((each) => `${each}/*`),
    },
  ];
  if (kmsKeyArn === undefined) return own;
  const key: PolicyStatement = {
    Sid: 'ObjectsKey',
    Effect: 'Allow',
    Action: ['kms:Decrypt'],
    Resource: [kmsKeyArn],
    Condition: { StringEquals: { 'kms:ViaService': `s3.${region}.amazonaws.com` } },
  };
  return [...own, key];
}

function secrets(params: ControlPolicyParams): readonly PolicyStatement[] {
  const named = (names: readonly string[]) =>
    names.map((name) => arn(params, 'secretsmanager', `secret:${name}`));
  const github = [GITHUB_SECRET, `${GITHUB_SECRET}-??????`];
  const all = [agentSecret('*'), ...github, ALL_TENANT_SECRETS];
  return [
    {
      Sid: 'WhetherThereAreSecrets',
      Effect: 'Allow',
      Action: ['secretsmanager:DescribeSecret'],
      Resource: named(all),
    },
    {
      // Git tokens, to look up branches and to push; all others, as none may be in what is pushed.
      Sid: 'Secrets',
      Effect: 'Allow',
      Action: ['secretsmanager:GetSecretValue'],
      Resource: named(all),
    },
    {
      // Secrets Manager knows no resource for it: the names of all secrets of the account can be seen.
      Sid: 'NamesOfSecrets',
      Effect: 'Allow',
      Action: ['secretsmanager:ListSecrets'],
      Resource: ['*'],
    },
    {
      Sid: 'ManifestKey',
      Effect: 'Allow',
      Action: ['secretsmanager:CreateSecret', 'secretsmanager:GetSecretValue'],
      Resource: named([MANIFEST_KEY_SECRET, `${MANIFEST_KEY_SECRET}-??????`]),
    },
  ];
}

function tasks(params: ControlPolicyParams): readonly PolicyStatement[] {
  const { clusterName, workerRoleArns } = params;
  const inCluster = { ArnEquals: { 'ecs:cluster': arn(params, 'ecs', `cluster/${clusterName}`) } };
  const definitions = [arn(params, 'ecs', `task-definition/${FAMILY_PREFIX}*`)];
  const running = [arn(params, 'ecs', `task/${clusterName}/*`)];
  const madeHere = { StringEquals: { 'ecs:CreateAction': ['RunTask', 'RegisterTaskDefinition'] } };
  return [
    { Sid: 'Run', Effect: 'Allow', Action: ['ecs:RunTask'], Resource: definitions, Condition: inCluster },
    { Sid: 'Tasks', Effect: 'Allow', Action: ['ecs:StopTask', 'ecs:DescribeTasks'], Resource: running },
    { Sid: 'ListTasks', Effect: 'Allow', Action: ['ecs:ListTasks'], Resource: ['*'], Condition: inCluster },
    {
      Sid: 'TagTasks',
      Effect: 'Allow',
      Action: ['ecs:TagResource'],
      Resource: [...running, ...definitions],
      Condition: madeHere,
    },
    {
      Sid: 'WorkspaceDefinitions',
      Effect: 'Allow',
      Action: ['ecs:RegisterTaskDefinition', 'ecs:DeleteTaskDefinitions'],
      Resource: definitions,
    },
    {
      // ECS knows no resource for these.
      Sid: 'TaskDefinitions',
      Effect: 'Allow',
      Action: [
        'ecs:DescribeTaskDefinition',
        'ecs:DeregisterTaskDefinition',
        'ecs:ListTaskDefinitions',
        'ecs:ListTaskDefinitionFamilies',
      ],
      Resource: ['*'],
    },
    {
      Sid: 'WorkerRoles',
      Effect: 'Allow',
      Action: ['iam:PassRole'],
      Resource: workerRoleArns,
      Condition: { StringEquals: { 'iam:PassedToService': 'ecs-tasks.amazonaws.com' } },
    },
  ];
}

function workspaces(params: ControlPolicyParams): readonly PolicyStatement[] {
  const { fileSystemArn } = params;
  if (fileSystemArn === undefined) return [];
  const accessPoints = [arn(params, 'elasticfilesystem', 'access-point/*')];
  return [
    {
      Sid: 'AccessPoints',
      Effect: 'Allow',
      Action: ['elasticfilesystem:CreateAccessPoint', 'elasticfilesystem:DescribeAccessPoints'],
      Resource: [fileSystemArn],
    },
    {
      // Of access points that were made for workspaces: others on the file system are somebody else's.
      Sid: 'DeleteAccessPoints',
      Effect: 'Allow',
      Action: ['elasticfilesystem:DeleteAccessPoint'],
      Resource: accessPoints,
      Condition: { Null: { 'aws:ResourceTag/workspaceId': 'false' } },
    },
    {
      Sid: 'TagAccessPoints',
      Effect: 'Allow',
      Action: ['elasticfilesystem:TagResource'],
      Resource: [fileSystemArn, ...accessPoints],
      Condition: { StringEquals: { 'elasticfilesystem:CreateAction': 'CreateAccessPoint' } },
    },
  ];
}

function events(params: ControlPolicyParams): readonly PolicyStatement[] {
  const { busName, wakeQueueArn } = params;
  const publish: PolicyStatement = {
    Sid: 'OutpostEvents',
    Effect: 'Allow',
    Action: ['events:PutEvents'],
    Resource: [arn(params, 'events', `event-bus/${busName}`)],
    Condition: {
      'ForAllValues:StringEquals': { 'events:source': [EVENT_SOURCE] },
      Null: { 'events:source': 'false' },
    },
  };
  if (wakeQueueArn === undefined) return [publish];
  const wake: PolicyStatement = {
    Sid: 'Wake',
    Effect: 'Allow',
    Action: ['sqs:ReceiveMessage', 'sqs:DeleteMessage'],
    Resource: [wakeQueueArn],
  };
  return [publish, wake];
}

function arn(
  { partition = 'aws', region, accountId }: ControlPolicyParams,
  service: string,
  resource: string,
): string {
  return `arn:${partition}:${service}:${region}:${accountId}:${resource}`;
}

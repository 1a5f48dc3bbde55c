import type { AgentName } from '@outpost/contracts';
import { WORKERS_PARTITION } from './control-keys.js';
import { EVENT_SOURCE } from './event-bus.js';
import { REACH_OF_ALL, reachOfTenant, type PolicyReach } from './policy-reach.js';
import { agentSecret, GITHUB_SECRET } from './secret-names.js';
import { TABLES, type TableName } from './tables.js';

/** An IAM policy as it is written down. */
export interface PolicyDocument {
  readonly Version: '2012-10-17';
  readonly Statement: readonly PolicyStatement[];
}

export interface PolicyStatement {
  readonly Sid: string;
  readonly Effect: 'Allow';
  readonly Action: readonly string[];
  readonly Resource: readonly string[];
  /** Values by operator and context key. */
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
}

/** What all workers of a fleet have in common. */
export interface FleetPolicyParams {
  /** The one agent whose key and slots the worker may touch; all of the fleet's without one. */
  readonly agent?: AgentName | undefined;
  readonly region: string;
  readonly accountId: string;
  /** `aws` by default; `aws-cn`, `aws-us-gov`. */
  readonly partition?: string | undefined;
  /** Names of the buckets where objects are kept by tenant. */
  readonly buckets: readonly string[];
  /** ARN of the key that encrypts those; without one it is the account's own key for S3, which needs no grant. */
  readonly kmsKeyArn?: string | undefined;
  readonly busName: string;
}

export interface WorkerPolicyParams extends FleetPolicyParams {
  readonly tenantId: string;
}

/**
 * All that a worker of one tenant may do, and nothing of another tenant's. Rejects with VALIDATION_ERROR a tenant's id
 * that would mean more than itself in a pattern. The encryption context counts only in buckets without a bucket key.
 */
export function workerPolicy(params: WorkerPolicyParams): PolicyDocument {
  return policyWithin(params, reachOfTenant(params.tenantId));
}

/**
 * What the fleet's own role may do: that of all tenants without a role of their own, and of warm workers, which learn
 * only later for whom they work. It reaches the same things as `workerPolicy`, of any tenant: what keeps those tenants
 * apart is the worker's code.
 */
export function pooledWorkerPolicy(params: FleetPolicyParams): PolicyDocument {
  const policy = policyWithin(params, REACH_OF_ALL);
  return { ...policy, Statement: [...policy.Statement, ...warmWorkers(params)] };
}

function policyWithin(params: FleetPolicyParams, reach: PolicyReach): PolicyDocument {
  return {
    Version: '2012-10-17',
    Statement: [...rows(params, reach), ...objects(params, reach), secrets(params, reach), events(params)],
  };
}

function rows(params: FleetPolicyParams, reach: PolicyReach): readonly PolicyStatement[] {
  const { agent = '*' } = params;
  return [
    { ...onTable(params, 'jobs', 'Dispatches', ['GetItem', 'UpdateItem']), Condition: reach.rows },
    { ...onTable(params, 'audit', 'Audit', ['PutItem']), Condition: reach.rows },
    {
      ...onTable(params, 'control', 'ControlRows', ['PutItem', 'UpdateItem', 'DeleteItem']),
      Condition: reach.controlRows,
    },
    {
      // What a tenant says to its agents, no agent may change.
      ...onTable(params, 'control', 'ContextDocuments', ['Query']),
      Condition: reach.contextDocuments,
    },
    {
      // A worker gives back the slot that it held: all tenants count on the same row.
      ...onTable(params, 'control', 'AgentSlots', ['UpdateItem']),
      Condition: {
        'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': [`#agent#${agent}`] },
        ...onlyAttributes(['pk', 'sk', 'held']),
      },
    },
  ];
}

/** A worker looks at its row and says what state it is in. Whom it serves, and in which task, it cannot write. */
function warmWorkers(params: FleetPolicyParams): readonly PolicyStatement[] {
  const isWorker = { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': [WORKERS_PARTITION] } };
  return [
    {
      ...onTable(params, 'control', 'WarmWorkers', ['GetItem']),
      Condition: { ...isWorker, Null: { 'dynamodb:LeadingKeys': 'false' } },
    },
    {
      ...onTable(params, 'control', 'WarmWorkerStates', ['UpdateItem']),
      Condition: {
        ...isWorker,
        ...onlyAttributes(['pk', 'sk', 'state', 'changedAt', 'dispatchId', 'assignmentId']),
      },
    },
  ];
}

/** ForAllValues is true of nothing at all, so that there are keys and attributes is asked as well. */
function onlyAttributes(names: readonly string[]) {
  return {
    'ForAllValues:StringEquals': { 'dynamodb:Attributes': names },
    Null: { 'dynamodb:LeadingKeys': 'false', 'dynamodb:Attributes': 'false' },
  };
}

function onTable(params: FleetPolicyParams, table: TableName, Sid: string, actions: readonly string[]) {
  return {
    Sid,
    Effect: 'Allow' as const,
    Action: actions.map((action) => `dynamodb:${action}`),
    Resource: [arn(params, 'dynamodb', `table/${TABLES[table].name}`)],
  };
}

function objects(params: FleetPolicyParams, reach: PolicyReach): readonly PolicyStatement[] {
  const { region, partition = 'aws', buckets, kmsKeyArn } = params;
  const own: PolicyStatement = {
    Sid: 'Objects',
    Effect: 'Allow',
    Action: ['s3:PutObject', 's3:GetObject', 's3:AbortMultipartUpload', 's3:ListMultipartUploadParts'],
    Resource: buckets.map((bucket) => `arn:${partition}:s3:::${bucket}/${reach.objects}`),
  };
  if (kmsKeyArn === undefined) return [own];
  const key: PolicyStatement = {
    Sid: 'ObjectsKey',
    Effect: 'Allow',
    Action: ['kms:GenerateDataKey', 'kms:Decrypt'],
    Resource: [kmsKeyArn],
    Condition: {
      StringEquals: { 'kms:ViaService': `s3.${region}.amazonaws.com` },
      StringLike: { 'kms:EncryptionContext:tenantId': reach.tenantId },
    },
  };
  return [own, key];
}

function secrets(params: FleetPolicyParams, reach: PolicyReach): PolicyStatement {
  const { agent = '*' } = params;
  const names = [...[agentSecret(agent), GITHUB_SECRET].flatMap(withSuffix), reach.secrets];
  return {
    Sid: 'Secrets',
    Effect: 'Allow',
    Action: ['secretsmanager:GetSecretValue'],
    Resource: names.map((name) => arn(params, 'secretsmanager', `secret:${name}`)),
  };
}

/**
 * A secret's ARN ends in `-` and six characters. One that does not exist has none: its bare name is granted as well,
 * so that the worker is told that it is not there, and not that it may not look.
 */
function withSuffix(name: string): readonly string[] {
  return name.endsWith('*') ? [name] : [name, `${name}-??????`];
}

function events(params: FleetPolicyParams): PolicyStatement {
  return {
    Sid: 'OutpostEvents',
    Effect: 'Allow',
    Action: ['events:PutEvents'],
    Resource: [arn(params, 'events', `event-bus/${params.busName}`)],
    Condition: {
      'ForAllValues:StringEquals': { 'events:source': [EVENT_SOURCE] },
      Null: { 'events:source': 'false' },
    },
  };
}

function arn(
  { partition = 'aws', region, accountId }: FleetPolicyParams,
  service: string,
  resource: string,
): string {
  return `arn:${partition}:${service}:${region}:${accountId}:${resource}`;
}

import type { AgentName } from '@outpost/contracts';
import { checkedSegment } from '../files/segments.js';
import { EVENT_SOURCE } from './event-bus.js';
import { agentSecret, GITHUB_SECRET, tenantSecretPrefix } from './secret-names.js';
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

export interface WorkerPolicyParams {
  readonly tenantId: string;
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

/**
 * All that a worker of one tenant may do, and nothing of another tenant's. Rejects with VALIDATION_ERROR a tenant's id
 * that would mean more than itself in a pattern. The encryption context counts only in buckets without a bucket key.
 */
export function workerPolicy(params: WorkerPolicyParams): PolicyDocument {
  checkedSegment('tenantId', params.tenantId);
  return {
    Version: '2012-10-17',
    Statement: [...rows(params), ...objects(params), secrets(params), events(params)],
  };
}

function rows(params: WorkerPolicyParams): readonly PolicyStatement[] {
  const { tenantId, agent = '*' } = params;
  const on = (table: TableName, sid: string, actions: readonly string[]) => ({
    Sid: sid,
    Effect: 'Allow' as const,
    Action: actions.map((action) => `dynamodb:${action}`),
    Resource: [arn(params, 'dynamodb', `table/${TABLES[table].name}`)],
  });
  return [
    {
      ...on('jobs', 'OwnDispatches', ['GetItem', 'UpdateItem']),
      Condition: onlyKeys('StringEquals', tenantId),
    },
    {
      ...on('audit', 'OwnAudit', ['PutItem']),
      Condition: onlyKeys('StringEquals', tenantId),
    },
    {
      ...on('control', 'OwnControlRows', ['PutItem', 'UpdateItem', 'DeleteItem']),
      Condition: onlyKeys('StringLike', `${tenantId}#*`),
    },
    {
      // A worker gives back the slot that it held: all tenants count on the same row.
      ...on('control', 'AgentSlots', ['UpdateItem']),
      Condition: {
        ...onlyKeys('StringLike', `#agent#${agent}`),
        'ForAllValues:StringEquals': { 'dynamodb:Attributes': ['pk', 'sk', 'held'] },
        Null: { 'dynamodb:LeadingKeys': 'false', 'dynamodb:Attributes': 'false' },
      },
    },
  ];
}

/** ForAllValues is true of nothing at all, so that there are keys is asked as well. */
function onlyKeys(operator: 'StringEquals' | 'StringLike', key: string) {
  return {
    [`ForAllValues:${operator}`]: { 'dynamodb:LeadingKeys': [key] },
    Null: { 'dynamodb:LeadingKeys': 'false' },
  };
}

function objects(params: WorkerPolicyParams): readonly PolicyStatement[] {
  const { tenantId, region, partition = 'aws', buckets, kmsKeyArn } = params;
  const own: PolicyStatement = {
    Sid: 'OwnObjects',
    Effect: 'Allow',
    Action: ['s3:PutObject', 's3:GetObject', 's3:AbortMultipartUpload', 's3:ListMultipartUploadParts'],
    Resource: buckets.map((bucket) => `arn:${partition}:s3:::${bucket}/${tenantId}/*`),
  };
  if (kmsKeyArn === undefined) return [own];
  const key: PolicyStatement = {
    Sid: 'OwnObjectsKey',
    Effect: 'Allow',
    Action: ['kms:GenerateDataKey', 'kms:Decrypt'],
    Resource: [kmsKeyArn],
    Condition: {
      StringEquals: {
        'kms:EncryptionContext:tenantId': tenantId,
        'kms:ViaService': `s3.${region}.amazonaws.com`,
      },
    },
  };
  return [own, key];
}

function secrets(params: WorkerPolicyParams): PolicyStatement {
  const { tenantId, agent = '*' } = params;
  const names = [
    ...[agentSecret(agent), GITHUB_SECRET].flatMap(withSuffix),
    `${tenantSecretPrefix(tenantId)}*`,
  ];
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

function events(params: WorkerPolicyParams): PolicyStatement {
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
  { partition = 'aws', region, accountId }: WorkerPolicyParams,
  service: string,
  resource: string,
): string {
  return `arn:${partition}:${service}:${region}:${accountId}:${resource}`;
}

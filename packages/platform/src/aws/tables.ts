/** A DynamoDB table as it is created: by the CDK stack, and by tests. Every key attribute is a string. */
export interface TableDefinition {
  readonly name: string;
  readonly partitionKey: string;
  readonly sortKey?: string;
  readonly indexes: readonly IndexDefinition[];
  /** Attribute with the epoch seconds after which DynamoDB may delete an item; it does so late, or never. */
  readonly timeToLive?: string;
}

/** A global secondary index that projects all attributes. */
export interface IndexDefinition {
  readonly name: string;
  readonly partitionKey: string;
  readonly sortKey?: string;
}

/** All tables: PAY_PER_REQUEST, point-in-time recovery. The one place that names them. */
export const TABLES = {
  /** Dispatches. */
  jobs: {
    name: 'outpost-jobs',
    partitionKey: 'tenantId',
    sortKey: 'dispatchId',
    indexes: [
      { name: 'status-createdAt', partitionKey: 'status', sortKey: 'createdAt' },
      { name: 'userId-createdAt', partitionKey: 'userId', sortKey: 'createdAt' },
      // Of those that have ended.
      { name: 'retention-expiresAt', partitionKey: 'retention', sortKey: 'expiresAt' },
    ],
    timeToLive: 'ttl',
  },
  apiKeys: {
    name: 'outpost-api-keys',
    partitionKey: 'apiKeyId',
    indexes: [
      { name: 'tenantId', partitionKey: 'tenantId' },
      { name: 'keyHash', partitionKey: 'keyHash' },
    ],
    timeToLive: 'ttl',
  },
  audit: {
    name: 'outpost-audit',
    partitionKey: 'tenantId',
    sortKey: 'auditId',
    indexes: [],
    timeToLive: 'ttl',
  },
  /** Without time to live: a row that went before its data would leave nobody to delete that. */
  workspaces: {
    name: 'outpost-workspaces',
    partitionKey: 'tenantId',
    sortKey: 'workspaceId',
    indexes: [
      { name: 'kind-expiresAt', partitionKey: 'kind', sortKey: 'expiresAt' },
      { name: 'tenantId-lastUsedAt', partitionKey: 'tenantId', sortKey: 'lastUsedAt' },
    ],
  },
  /**
   * What coordinates the instances: slots, queues, idempotency keys, outbox, leases, counts, warm workers. A partition key is a tenant's id and `#`
   * and what it holds, or begins with `#`: then it is the fleet's. A worker's role may touch those of its own tenant,
   * and the slots of its agent.
   */
  control: {
    name: 'outpost-control',
    partitionKey: 'pk',
    sortKey: 'sk',
    indexes: [{ name: 'outbox-occurredAt', partitionKey: 'outbox', sortKey: 'occurredAt' }],
    timeToLive: 'ttl',
  },
} as const satisfies Readonly<Record<string, TableDefinition>>;

export type TableName = keyof typeof TABLES;

import { TABLES, type TableDefinition, type TableName } from '@outpost/platform/aws/definitions';
import type { RemovalPolicy } from 'aws-cdk-lib';
import {
  AttributeType,
  BillingMode,
  ProjectionType,
  StreamViewType,
  Table,
  TableEncryption,
  type Attribute,
} from 'aws-cdk-lib/aws-dynamodb';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';

interface TablesProps {
  readonly encryptionKey: IKey;
  readonly removalPolicy: RemovalPolicy;
  readonly isProtected: boolean;
}

/** The tables of the AWS drivers, from their own definitions. */
export class Tables extends Construct {
  readonly all: Readonly<Record<TableName, Table>>;

  constructor(scope: Construct, id: string, props: TablesProps) {
    super(scope, id);
    const entries = Object.entries<TableDefinition>(TABLES).map(([key, definition]) => [
      key,
      // What is written to the audit goes on to CloudWatch.
      this.#table(key, definition, { ...props, isStreamed: key === 'audit' }),
    ]);
    this.all = Object.fromEntries(entries) as Record<TableName, Table>;
  }

  #table(
    id: string,
    definition: TableDefinition,
    props: TablesProps & { readonly isStreamed: boolean },
  ): Table {
    const { name, partitionKey, sortKey, indexes, timeToLive } = definition;
    const { encryptionKey, removalPolicy, isProtected, isStreamed } = props;
    const table = new Table(this, id, {
      tableName: name,
      ...keyOf({ partitionKey, sortKey }),
      billingMode: BillingMode.PAY_PER_REQUEST,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      encryption: TableEncryption.CUSTOMER_MANAGED,
      encryptionKey,
      removalPolicy,
      deletionProtection: isProtected,
      ...(timeToLive !== undefined && { timeToLiveAttribute: timeToLive }),
      ...(isStreamed && { stream: StreamViewType.NEW_IMAGE }),
    });
    for (const index of indexes)
      table.addGlobalSecondaryIndex({
        indexName: index.name,
        ...keyOf(index),
        projectionType: ProjectionType.ALL,
      });
    return table;
  }
}

function keyOf({
  partitionKey,
  sortKey,
}: {
  readonly partitionKey: string;
  readonly sortKey?: string | undefined;
}) {
  return {
    partitionKey: text(partitionKey),
    ...(sortKey !== undefined && { sortKey: text(sortKey) }),
  };
}

function text(name: string): Attribute {
  return { name, type: AttributeType.STRING };
}

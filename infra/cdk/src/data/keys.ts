import { Stack, type RemovalPolicy } from 'aws-cdk-lib';
import { AnyPrincipal, PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';

const USE = ['kms:Encrypt', 'kms:Decrypt', 'kms:ReEncrypt*', 'kms:GenerateDataKey*', 'kms:DescribeKey'];

interface KeysProps {
  readonly removalPolicy: RemovalPolicy;
}

/** What is at rest is encrypted with. */
export class Keys extends Construct {
  /** Of tables, log groups, file system and alarms: whoever may read a table may do so through DynamoDB. */
  readonly data: Key;
  /** Of objects: a role may use it only with the tenants that its own policy names as encryption context. */
  readonly objects: Key;

  constructor(scope: Construct, id: string, { removalPolicy }: KeysProps) {
    super(scope, id);
    const { account, region } = Stack.of(this);
    const key = (name: string, description: string) =>
      new Key(this, name, {
        description,
        enableKeyRotation: true,
        removalPolicy,
        alias: `outpost/${name.toLowerCase()}`,
      });
    this.objects = key('Objects', 'Artifacts and archived logs of Outpost.');
    this.data = key('Data', 'Tables, logs, workspaces and alarms of Outpost.');
    this.data.addToResourcePolicy(
      new PolicyStatement({
        sid: 'ThroughDynamoDB',
        principals: [new AnyPrincipal()],
        actions: [...USE, 'kms:CreateGrant'],
        resources: ['*'],
        conditions: {
          StringEquals: {
            'kms:CallerAccount': account,
            'kms:ViaService': `dynamodb.${region}.amazonaws.com`,
          },
        },
      }),
    );
    this.data.addToResourcePolicy(
      new PolicyStatement({
        sid: 'LogGroups',
        principals: [new ServicePrincipal(`logs.${region}.amazonaws.com`)],
        actions: USE,
        resources: ['*'],
        conditions: {
          ArnLike: {
            'kms:EncryptionContext:aws:logs:arn': Stack.of(this).formatArn({
              service: 'logs',
              resource: '*',
            }),
          },
        },
      }),
    );
    this.data.addToResourcePolicy(
      new PolicyStatement({
        sid: 'Alarms',
        principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
        actions: ['kms:Decrypt', 'kms:GenerateDataKey*'],
        resources: ['*'],
        conditions: { StringEquals: { 'aws:SourceAccount': account } },
      }),
    );
  }
}

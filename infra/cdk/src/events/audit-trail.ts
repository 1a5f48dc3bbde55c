import { EVENT_SOURCE } from '@outpost/platform/aws/definitions';
import { ArnFormat, Duration, Stack } from 'aws-cdk-lib';
import type { ITable } from 'aws-cdk-lib/aws-dynamodb';
import { Rule, type IEventBus, type IRuleTarget } from 'aws-cdk-lib/aws-events';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import { CfnPipe } from 'aws-cdk-lib/aws-pipes';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { acknowledge } from '../acknowledge.js';

const DETAIL_TYPE = 'audit.recorded';
const ATTEMPTS = 10;

interface AuditTrailProps {
  readonly table: ITable;
  readonly bus: IEventBus;
  readonly logGroup: ILogGroup;
}

/**
 * Every entry of the audit as an event, and from there in CloudWatch: of what control planes and workers did. It is
 * read from the table's stream, so that whoever can write an entry cannot keep it from being told.
 */
export class AuditTrail extends Construct {
  /** Entries that could not be told. */
  readonly deadLetters: Queue;

  constructor(scope: Construct, id: string, { table, bus, logGroup }: AuditTrailProps) {
    super(scope, id);
    this.deadLetters = new Queue(this, 'DeadLetters', {
      queueName: 'outpost-audit-dead-letters',
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
    });
    acknowledge(this.deadLetters, 'AwsSolutions-SQS3', 'It is a dead letter queue.');
    this.#pipe(table, bus);
    new Rule(this, 'Entries', {
      eventBus: bus,
      description: 'Entries of the audit, to CloudWatch.',
      eventPattern: { source: [EVENT_SOURCE], detailType: [DETAIL_TYPE] },
      targets: [writtenTo(logGroup)],
    });
  }

  #pipe(table: ITable, bus: IEventBus): void {
    const role = new Role(this, 'Role', { assumedBy: new ServicePrincipal('pipes.amazonaws.com') });
    table.grantStreamRead(role);
    acknowledge(role, 'AwsSolutions-IAM5[Resource::*]', 'dynamodb:ListStreams knows no resource.');
    bus.grantPutEventsTo(role);
    this.deadLetters.grantSendMessages(role);
    const pipe = new CfnPipe(this, 'Pipe', {
      name: 'outpost-audit',
      roleArn: role.roleArn,
      source: table.tableStreamArn ?? '',
      sourceParameters: {
        // Entries that DynamoDB deletes after their time are no news.
        filterCriteria: { filters: [{ pattern: JSON.stringify({ eventName: ['INSERT'] }) }] },
        dynamoDbStreamParameters: {
          startingPosition: 'LATEST',
          batchSize: 10,
          maximumRetryAttempts: ATTEMPTS,
          deadLetterConfig: { arn: this.deadLetters.queueArn },
        },
      },
      target: bus.eventBusArn,
      targetParameters: {
        eventBridgeEventBusParameters: { source: EVENT_SOURCE, detailType: DETAIL_TYPE },
        inputTemplate: '{"entry": <$.dynamodb.NewImage>}',
      },
    });
    pipe.node.addDependency(role);
  }
}

/** The target of aws-cdk-lib makes a function that makes the group's policy, which CloudFormation can do itself. */
function writtenTo(logGroup: ILogGroup): IRuleTarget {
  const { logGroupName: resourceName } = logGroup;
  logGroup.addToResourcePolicy(
    new PolicyStatement({
      principals: ['events.amazonaws.com', 'delivery.logs.amazonaws.com'].map(
        (name) => new ServicePrincipal(name),
      ),
      actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
      resources: [logGroup.logGroupArn],
    }),
  );
  const arn = Stack.of(logGroup).formatArn({
    service: 'logs',
    resource: 'log-group',
    resourceName,
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  });
  return { bind: () => ({ arn }) };
}

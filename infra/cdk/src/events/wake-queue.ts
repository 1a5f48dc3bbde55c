import { FAMILY_PREFIX } from '@outpost/platform/aws/definitions';
import { Duration } from 'aws-cdk-lib';
import { Match, Rule, type IEventBus } from 'aws-cdk-lib/aws-events';
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { acknowledge } from '../acknowledge.js';
import { COST_EVENTS } from './bus.js';

/** As a hint it is good for seconds; for as long as this an end that no control plane was there for is still counted. */
const RETENTION = Duration.days(1);

interface WakeQueueProps {
  readonly bus: IEventBus;
  readonly clusterArn: string;
}

/** Tells control planes that a dispatch has ended, or that the task of a worker has. */
export class WakeQueue extends Construct {
  readonly queue: Queue;

  constructor(scope: Construct, id: string, { bus, clusterArn }: WakeQueueProps) {
    super(scope, id);
    this.queue = new Queue(this, 'Queue', {
      queueName: 'outpost-wake',
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: RETENTION,
      receiveMessageWaitTime: Duration.seconds(20),
    });
    acknowledge(
      this.queue,
      'AwsSolutions-SQS3',
      'Its messages are hints: one that is lost is made up for by the next round of the reconciler, and is missing in a metric.',
    );
    const targets = [new SqsQueue(this.queue)];
    new Rule(this, 'Ends', {
      eventBus: bus,
      description: 'Ends of dispatches, to the control planes.',
      eventPattern: COST_EVENTS,
      targets,
    });
    new Rule(this, 'StoppedTasks', {
      description: 'Tasks of workers that stopped, to the control planes.',
      eventPattern: {
        source: ['aws.ecs'],
        detailType: ['ECS Task State Change'],
        detail: {
          clusterArn: [clusterArn],
          lastStatus: ['STOPPED'],
          group: Match.prefix(`family:${FAMILY_PREFIX}`),
        },
      },
      targets,
    });
  }
}

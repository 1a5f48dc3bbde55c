import { Duration } from 'aws-cdk-lib';
import { Rule, type IEventBus } from 'aws-cdk-lib/aws-events';
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { COST_EVENTS } from './bus.js';

/** After which a message that its reader does not delete is put aside. */
const MAX_RECEIVES = 5;
const MAX_RETENTION = Duration.days(14);

/** Where whoever writes bills reads what every dispatch used and cost. */
export class Ledger extends Construct {
  readonly queue: Queue;
  /** What could not be delivered to the ledger, or was not taken from it. */
  readonly deadLetters: Queue;

  constructor(scope: Construct, id: string, { bus }: { readonly bus: IEventBus }) {
    super(scope, id);
    this.deadLetters = new Queue(this, 'DeadLetters', {
      queueName: 'outpost-ledger-dead-letters',
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: MAX_RETENTION,
    });
    this.queue = new Queue(this, 'Queue', {
      queueName: 'outpost-ledger',
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: MAX_RETENTION,
      visibilityTimeout: Duration.minutes(1),
      deadLetterQueue: { queue: this.deadLetters, maxReceiveCount: MAX_RECEIVES },
    });
    new Rule(this, 'Costs', {
      eventBus: bus,
      description: 'What every dispatch used and cost, to the ledger.',
      eventPattern: COST_EVENTS,
      targets: [new SqsQueue(this.queue, { deadLetterQueue: this.deadLetters })],
    });
  }
}

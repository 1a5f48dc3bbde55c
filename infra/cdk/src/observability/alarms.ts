import { Duration } from 'aws-cdk-lib';
import {
  Alarm,
  ComparisonOperator,
  MathExpression,
  TreatMissingData,
  type IMetric,
} from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { FargateService } from 'aws-cdk-lib/aws-ecs';
import {
  HttpCodeTarget,
  type ApplicationLoadBalancer,
  type ApplicationTargetGroup,
} from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { outpostMetric } from './metrics.js';

interface AlarmsProps {
  readonly service: FargateService;
  readonly loadBalancer: ApplicationLoadBalancer;
  readonly targets: ApplicationTargetGroup;
  readonly deadLetters: readonly IQueue[];
  readonly ledger: IQueue;
  readonly encryptionKey: IKey;
  readonly email: string | undefined;
}

interface Watch {
  readonly description: string;
  readonly metric: IMetric;
  readonly above?: number;
  readonly below?: number;
  /** Minutes that it has to last. */
  readonly minutes: number;
  /** What it means that nothing is measured. */
  readonly missing?: TreatMissingData;
}

const MINUTE = Duration.minutes(1);

/** What somebody should be told of. */
export class Alarms extends Construct {
  readonly topic: Topic;
  readonly all: readonly Alarm[];

  constructor(scope: Construct, id: string, props: AlarmsProps) {
    super(scope, id);
    this.topic = new Topic(this, 'Topic', {
      topicName: 'outpost-alarms',
      masterKey: props.encryptionKey,
      enforceSSL: true,
    });
    if (props.email !== undefined) this.topic.addSubscription(new EmailSubscription(props.email));
    const watches = { ...ofControlPlane(props), ...OF_DISPATCHES, ...ofQueues(props) };
    this.all = Object.entries<Watch>(watches).map(([name, watch]) => this.#alarm(name, watch));
  }

  #alarm(name: string, watch: Watch): Alarm {
    const { description, metric, above, below, minutes, missing = TreatMissingData.NOT_BREACHING } = watch;
    const { GREATER_THAN_THRESHOLD, LESS_THAN_THRESHOLD } = ComparisonOperator;
    const alarm = new Alarm(this, name, {
      alarmName: `outpost-${name}`,
      alarmDescription: description,
      metric,
      threshold: above ?? below ?? 0,
      comparisonOperator: below === undefined ? GREATER_THAN_THRESHOLD : LESS_THAN_THRESHOLD,
      evaluationPeriods: minutes,
      treatMissingData: missing,
    });
    alarm.addAlarmAction(new SnsAction(this.topic));
    alarm.addOkAction(new SnsAction(this.topic));
    return alarm;
  }
}

function ofControlPlane({ service, loadBalancer, targets }: AlarmsProps): Readonly<Record<string, Watch>> {
  const sum = { period: MINUTE, statistic: 'Sum' };
  return {
    'high-cpu': {
      description: 'The control planes have had no processor time to spare for 10 minutes.',
      metric: service.metricCpuUtilization({ period: MINUTE }),
      above: 80,
      minutes: 10,
    },
    'high-memory': {
      description: 'The control planes have been short of memory for 10 minutes.',
      metric: service.metricMemoryUtilization({ period: MINUTE }),
      above: 85,
      minutes: 10,
    },
    'unhealthy-hosts': {
      description: 'A control plane does not answer GET /health.',
      metric: targets.metrics.unhealthyHostCount({ period: MINUTE, statistic: 'Maximum' }),
      above: 0,
      minutes: 3,
    },
    'error-rate': {
      description: 'More than 1 % of the calls are answered with 5xx.',
      metric: new MathExpression({
        expression: '100 * (targets + balancer) / MAX([requests, 1])',
        usingMetrics: {
          targets: targets.metrics.httpCodeTarget(HttpCodeTarget.TARGET_5XX_COUNT, sum),
          balancer: loadBalancer.metrics.custom('HTTPCode_ELB_5XX_Count', sum),
          requests: loadBalancer.metrics.requestCount(sum),
        },
        period: MINUTE,
      }),
      above: 1,
      minutes: 5,
    },
  };
}

const OF_DISPATCHES: Readonly<Record<string, Watch>> = {
  'dispatch-failures': {
    description: 'More than half of the dispatches of the last 15 minutes have failed, and more than four.',
    metric: new MathExpression({
      expression: 'IF(failed > 4, 100 * failed / ended, 0)',
      usingMetrics: {
        failed: outpostMetric('failures', { statistic: 'Sum', period: Duration.minutes(15) }),
        ended: outpostMetric('dispatches', { statistic: 'Sum', period: Duration.minutes(15) }),
      },
      period: Duration.minutes(15),
    }),
    above: 50,
    minutes: 1,
  },
  'queue-age': {
    description: 'A dispatch has waited for a slot for more than 30 minutes.',
    metric: outpostMetric('queueAge', { statistic: 'Maximum' }),
    above: 1_800,
    minutes: 5,
  },
  'stuck-dispatches': {
    description: 'The reconciler does not end what it should.',
    metric: outpostMetric('stuck', { statistic: 'Maximum' }),
    above: 0,
    minutes: 5,
  },
  'outbox-age': {
    description: 'Events are not published.',
    metric: outpostMetric('outboxAge', { statistic: 'Maximum' }),
    above: 300,
    minutes: 5,
  },
  'nothing-reconciles': {
    description:
      'For 5 minutes no control plane has said how the fleet is: none holds the lease of the reconciler.',
    metric: outpostMetric('stuck', { statistic: 'SampleCount' }),
    below: 1,
    minutes: 5,
    missing: TreatMissingData.BREACHING,
  },
};

function ofQueues({ deadLetters, ledger }: AlarmsProps): Readonly<Record<string, Watch>> {
  const visible = deadLetters.map((queue, index) => [
    `m${index}`,
    queue.metricApproximateNumberOfMessagesVisible({ period: MINUTE, statistic: 'Maximum' }),
  ]);
  return {
    'dead-letters': {
      description: 'An event could not be delivered, or its reader did not take it.',
      metric: new MathExpression({
        expression: visible.map(([name]) => name as string).join(' + '),
        usingMetrics: Object.fromEntries(visible) as Record<string, IMetric>,
        period: MINUTE,
      }),
      above: 0,
      minutes: 1,
    },
    'ledger-age': {
      description:
        'Cost events have waited in the ledger for a day: nobody reads them, and they are kept for 14.',
      metric: ledger.metricApproximateAgeOfOldestMessage({ period: MINUTE, statistic: 'Maximum' }),
      above: 86_400,
      minutes: 5,
    },
  };
}

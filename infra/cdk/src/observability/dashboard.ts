import { AGENT_NAMES, DISPATCH_STATUSES, FAILURES, isTerminal, type MetricName } from '@outpost/contracts';
import { Duration } from 'aws-cdk-lib';
import {
  AlarmStatusWidget,
  Dashboard,
  GraphWidget,
  type Alarm,
  type IMetric,
} from 'aws-cdk-lib/aws-cloudwatch';
import type { FargateService } from 'aws-cdk-lib/aws-ecs';
import {
  HttpCodeTarget,
  type ApplicationLoadBalancer,
  type ApplicationTargetGroup,
} from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import { Construct } from 'constructs';
import { outpostMetric } from './metrics.js';

const PERIOD = Duration.minutes(5);
const WIDTH = 8;

interface FleetDashboardProps {
  readonly service: FargateService;
  readonly loadBalancer: ApplicationLoadBalancer;
  readonly targets: ApplicationTargetGroup;
  readonly alarms: readonly Alarm[];
}

/** How the fleet is, on one page. */
export class FleetDashboard extends Construct {
  constructor(scope: Construct, id: string, props: FleetDashboardProps) {
    super(scope, id);
    const dashboard = new Dashboard(this, 'Dashboard', {
      dashboardName: 'outpost',
      defaultInterval: Duration.hours(3),
    });
    dashboard.addWidgets(
      new AlarmStatusWidget({ title: 'Alarms', alarms: [...props.alarms], width: 24, height: 3 }),
    );
    dashboard.addWidgets(...ofDispatches());
    dashboard.addWidgets(...ofQueue());
    dashboard.addWidgets(...ofControlPlane(props));
  }
}

function ofDispatches() {
  const statuses = DISPATCH_STATUSES.filter((status) => isTerminal(status));
  return [
    graph('Ended dispatches', each('dispatches', statuses, 'Sum')),
    graph('Failures', each('failures', Object.keys(FAILURES), 'Sum')),
    graph('Duration, p95 (s)', each('duration', AGENT_NAMES, 'p95')),
  ];
}

function ofQueue() {
  return [
    graph('Queued', each('queueDepth', AGENT_NAMES, 'Maximum')),
    graph('Active', each('active', AGENT_NAMES, 'Maximum')),
    graph('Warm starts', each('warmStarts', AGENT_NAMES, 'Sum')),
    graph('Queue and outbox, oldest (s)', [
      outpostMetric('queueAge', { statistic: 'Maximum', period: PERIOD }),
      outpostMetric('outboxAge', { statistic: 'Maximum', period: PERIOD }),
    ]),
    graph('Stuck dispatches', [outpostMetric('stuck', { statistic: 'Maximum', period: PERIOD })]),
  ];
}

function ofControlPlane({ service, loadBalancer, targets }: FleetDashboardProps) {
  return [
    graph('Control planes (%)', [
      service.metricCpuUtilization({ period: PERIOD }),
      service.metricMemoryUtilization({ period: PERIOD }),
    ]),
    graph('Calls', [
      loadBalancer.metrics.requestCount({ period: PERIOD }),
      targets.metrics.httpCodeTarget(HttpCodeTarget.TARGET_4XX_COUNT, { period: PERIOD }),
      targets.metrics.httpCodeTarget(HttpCodeTarget.TARGET_5XX_COUNT, { period: PERIOD }),
    ]),
    graph('Time to answer, p99 (s)', [
      targets.metrics.targetResponseTime({ period: PERIOD, statistic: 'p99' }),
    ]),
  ];
}

function each(name: MetricName, values: readonly string[], statistic: string): readonly IMetric[] {
  return values.map((of) => outpostMetric(name, { statistic, of, period: PERIOD }));
}

function graph(title: string, metrics: readonly IMetric[]): GraphWidget {
  return new GraphWidget({ title, left: [...metrics], width: WIDTH, height: 6 });
}

import { Duration } from 'aws-cdk-lib';
import type { FargateService } from 'aws-cdk-lib/aws-ecs';
import type { ApplicationTargetGroup } from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import type { Deployment } from '../config.js';

const CPU_PERCENT = 60;
/** A minute; an instance takes several times as many. */
const REQUESTS_PER_INSTANCE = 6_000;

/** As many control planes as their processors and requests ask for: quickly up, slowly down. */
export function scale(
  service: FargateService,
  targets: ApplicationTargetGroup,
  { minTasks, maxTasks }: Deployment['controlPlane'],
): void {
  const scaling = service.autoScaleTaskCount({ minCapacity: minTasks, maxCapacity: maxTasks });
  const cooldowns = { scaleOutCooldown: Duration.seconds(30), scaleInCooldown: Duration.minutes(5) };
  scaling.scaleOnCpuUtilization('Cpu', { targetUtilizationPercent: CPU_PERCENT, ...cooldowns });
  scaling.scaleOnRequestCount('Requests', {
    requestsPerTarget: REQUESTS_PER_INSTANCE,
    targetGroup: targets,
    ...cooldowns,
  });
}

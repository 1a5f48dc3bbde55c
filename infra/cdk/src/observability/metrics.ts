import { METRIC_NAMESPACE, METRICS, type MetricName } from '@outpost/contracts';
import { Duration } from 'aws-cdk-lib';
import { Metric } from 'aws-cdk-lib/aws-cloudwatch';

/** Of the fleet as a whole, or of what a value of its label stands for. */
export function outpostMetric(
  name: MetricName,
  { statistic, of, period = Duration.minutes(1) }: { statistic: string; of?: string; period?: Duration },
): Metric {
  const { name: metricName, ...rest } = METRICS[name];
  const dimensionsMap = of !== undefined && 'label' in rest ? { [rest.label]: of } : {};
  return new Metric({
    namespace: METRIC_NAMESPACE,
    metricName,
    dimensionsMap,
    statistic,
    period,
    ...(of !== undefined && { label: of }),
  });
}

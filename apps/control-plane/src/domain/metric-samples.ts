import { isTerminal, type AgentName, type DispatchRecord, type MetricName } from '@outpost/contracts';

/** One value of a metric. */
export interface Sample {
  readonly metric: MetricName;
  readonly value: number;
  /** Of the metric's label; absent in a gauge of the fleet as a whole. */
  readonly of?: string;
}

/** What the end of a dispatch adds to; nothing before it has ended. */
export function samplesOfEnd(record: DispatchRecord): readonly Sample[] {
  if (!isTerminal(record.status) || !('completedAt' in record)) return [];
  const { status, agent, failure, workerId, startedAt, completedAt } = record;
  const samples: Sample[] = [
    { metric: 'dispatches', value: 1, of: status },
    { metric: 'agentDispatches', value: 1, of: agent },
  ];
  if (failure !== undefined && status !== 'CANCELLED')
    samples.push({ metric: 'failures', value: 1, of: failure.class });
  if (workerId !== undefined) samples.push({ metric: 'warmStarts', value: 1, of: agent });
  if (startedAt !== undefined)
    samples.push({ metric: 'duration', value: secondsBetween(startedAt, completedAt), of: agent });
  return samples;
}

/** A gauge for each agent, and one for all. */
export function samplesByAgent(
  metric: 'queueDepth' | 'active',
  counts: Readonly<Record<AgentName, number>>,
): readonly Sample[] {
  const entries = Object.entries(counts);
  return [
    ...entries.map(([of, value]) => ({ metric, value, of })),
    { metric, value: entries.reduce((sum, [, value]) => sum + value, 0) },
  ];
}

function secondsBetween(from: string, to: string): number {
  return Math.max(0, Date.parse(to) - Date.parse(from)) / 1_000;
}

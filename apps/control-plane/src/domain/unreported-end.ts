import {
  costOf,
  type Attempt,
  type Cost,
  type DispatchRecord,
  type Failure,
  type Outcome,
} from '@outpost/contracts';
import { timingsAtEnd, type Unended } from './timings.js';

export function hasNotEnded(record: DispatchRecord): record is Unended {
  return record.status === 'QUEUED' || record.status === 'PENDING' || record.status === 'RUNNING';
}

/** How a dispatch ends at `completedAt` (ISO 8601) of which no worker says how it ended. */
export function unreportedEnd(record: Unended, why: Failure, completedAt: string): Outcome {
  const cost = computeCost(record, completedAt);
  return {
    completedAt,
    exitCode: null,
    errorMessage: why.message,
    failure: why,
    timings: timingsAtEnd(record, completedAt),
    ...(cost !== undefined && { cost }),
  };
}

// The tokens that its workers used are not known: only their time is.
function computeCost(record: Unended, completedAt: string): Cost | undefined {
  if (record.status === 'QUEUED') return undefined;
  const { modelId, tier, attempts: earlier = [] } = record;
  const startedAt = record.status === 'RUNNING' ? record.startedAt : undefined;
  const hasStarted = ({ startedAt: at }: Attempt): boolean => at !== undefined;
  if (startedAt === undefined && !earlier.some(hasStarted)) return undefined;
  const durationMs =
    startedAt === undefined ? 0 : Math.max(0, Date.parse(completedAt) - Date.parse(startedAt));
  return costOf({ modelId, tier, durationMs, earlier, usage: undefined, reportedCostUsd: undefined });
}

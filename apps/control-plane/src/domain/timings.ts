import { STAGES, type RecordIn, type StageTimings } from '@outpost/contracts';

export type Unended = RecordIn<'QUEUED'> | RecordIn<'PENDING'> | RecordIn<'RUNNING'>;

/**
 * The timings of a dispatch that ends at `endedAt` (ISO 8601) though its worker does not say so: those that it left
 * behind, and the time in the stage that it was in.
 */
export function timingsAtEnd(record: Unended, endedAt: string): StageTimings {
  if (record.status === 'QUEUED') return { queue: elapsedMs(record.createdAt, endedAt) };
  // When an earlier attempt was given its slots is not kept: the time in the queue belongs to the first.
  const queue = record.attempt === 1 && { queue: elapsedMs(record.createdAt, record.pendingAt) };
  if (record.status === 'PENDING') return { ...queue, launch: elapsedMs(record.pendingAt, endedAt) };
  const { stage, startedAt, timings = {} } = record;
  const left = STAGES.filter((name) => name !== stage).reduce((sum, name) => sum + (timings[name] ?? 0), 0);
  return {
    ...queue,
    launch: elapsedMs(record.pendingAt, startedAt),
    ...timings,
    [stage]: Math.max(0, elapsedMs(startedAt, endedAt) - left),
  };
}

function elapsedMs(from: string, to: string): number {
  return Math.max(0, Date.parse(to) - Date.parse(from));
}

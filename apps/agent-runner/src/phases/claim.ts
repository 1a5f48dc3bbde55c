import type { RecordIn, StageTimings } from '@outpost/contracts';
import { timestamp } from '@outpost/platform';
import type { RecordKeeper } from '../worker.js';

/** Takes the dispatch: of several workers started for it, exactly one gets it. Undefined: it is not for this one. */
export async function claim({
  platform,
  key,
  taskArn,
  clock,
}: RecordKeeper): Promise<RecordIn<'RUNNING'> | undefined> {
  const now = timestamp(clock);
  const result = await platform.dispatches.move({
    ...key,
    move: { to: 'RUNNING', startedAt: now, heartbeatAt: now, stage: 'claim', taskArn },
  });
  return result.outcome === 'moved' && result.record.status === 'RUNNING' ? result.record : undefined;
}

/** How long it took to get this far. When a first attempt was given its slots is not kept for those after it. */
export function timingsBefore(record: RecordIn<'RUNNING'>): StageTimings {
  const { createdAt, pendingAt, startedAt, attempt } = record;
  return {
    ...(attempt === 1 && { queue: elapsedMs(createdAt, pendingAt) }),
    launch: elapsedMs(pendingAt, startedAt),
  };
}

function elapsedMs(from: string, to: string): number {
  return Math.max(0, Date.parse(to) - Date.parse(from));
}

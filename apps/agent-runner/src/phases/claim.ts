import type { RecordIn } from '@outpost/contracts';
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

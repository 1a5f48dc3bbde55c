import type { DispatchRecord } from '@outpost/contracts';
import type { Fence } from './dispatch-store.js';

/** Which task and attempt a dispatch is with: neither, while it is queued. */
interface Under {
  readonly taskArn?: string | undefined;
  readonly attempt?: number | undefined;
}

/** Whether a write with this fence is meant for the dispatch as it stands. */
export function isWithin(fence: Fence = {}, record: DispatchRecord): boolean {
  const current: Under = record.status === 'QUEUED' ? {} : record;
  return (
    (fence.taskArn === undefined || fence.taskArn === current.taskArn) &&
    (fence.attempt === undefined || fence.attempt === current.attempt)
  );
}

import type { RecordIn } from '@outpost/contracts';
import type { ReapPolicy } from './reap.js';

/** What the reconciler may take beyond what it is to wait: for several rounds, and a control plane that starts anew. */
const SPARE_MS = 300_000;

/** Whether the reconciler should have done something about a dispatch that holds a slot. `now` in epoch milliseconds. */
export function isStuck(
  record: RecordIn<'PENDING'> | RecordIn<'RUNNING'>,
  now: number,
  policy: ReapPolicy,
): boolean {
  if (record.status === 'PENDING')
    return now - Date.parse(record.pendingAt) > policy.startTimeoutMs + SPARE_MS;
  const { startedAt, heartbeatAt, timeoutSeconds } = record;
  const deadline = Date.parse(startedAt) + timeoutSeconds * 1_000 + policy.overheadMs;
  const isSilent = now - Date.parse(heartbeatAt) > policy.heartbeatTimeoutMs + SPARE_MS;
  return isSilent || now > deadline + policy.heartbeatTimeoutMs + SPARE_MS;
}

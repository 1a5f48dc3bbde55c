import {
  costEventOf,
  isCancelRequested,
  lifecycleEventOf,
  nextAttempt,
  type DispatchRecord,
  type OutpostEvent,
  type Outcome,
  type RecordIn,
  type Relaunch,
  type TerminalStatus,
} from '@outpost/contracts';
import { publishWritten } from '@outpost/platform';
import { concludeStop } from '../conclusion.js';
import type { RecordKeeper } from '../worker.js';

export type End = { readonly to: TerminalStatus } & Outcome;

/** What follows this end when the failure calls for another attempt. */
export function relaunchAfter(record: RecordIn<'RUNNING'>, end: End): Relaunch | undefined {
  const { failure, completedAt, timings } = end;
  if (failure === undefined) return undefined;
  return nextAttempt({ ...record, ...(timings !== undefined && { timings }) }, failure, completedAt);
}

/**
 * Writes the end of the dispatch, with its cost event, or the move to its next attempt, without. Resolves with the
 * status that it has then; undefined: it is not this worker's any more.
 */
export async function report(
  worker: RecordKeeper,
  record: RecordIn<'RUNNING'>,
  end: End,
): Promise<TerminalStatus | 'PENDING' | undefined> {
  const written = await write(worker, record, relaunchAfter(record, end) ?? end);
  if (written !== 'cancelled meanwhile') return written;
  return (await write(worker, record, asCancelled(end))) === 'CANCELLED' ? 'CANCELLED' : undefined;
}

async function write(
  worker: RecordKeeper,
  record: RecordIn<'RUNNING'>,
  move: End | Relaunch,
): Promise<TerminalStatus | 'PENDING' | 'cancelled meanwhile' | undefined> {
  const { platform, key, taskArn } = worker;
  const event = move.to === 'PENDING' ? undefined : costEventOf(record, move);
  const result = await platform.dispatches.move({
    ...key,
    move,
    during: ['RUNNING'],
    fence: { taskArn },
    ...(event !== undefined && { event }),
  });
  if (result.outcome === 'moved') {
    if (event !== undefined) await publish(worker, [lifecycleEventOf(result.record), event]);
    return move.to;
  }
  if (result.outcome === 'missing') return undefined;
  const { record: found } = result;
  if (isWritten(found, move)) return move.to;
  const isOurs = found.status === 'RUNNING' && found.taskArn === taskArn;
  return isOurs && isCancelRequested(found) ? 'cancelled meanwhile' : undefined;
}

/** Whether it is there already: the answer to an earlier try was lost. Its events are left to the reconciler. */
function isWritten(found: DispatchRecord, move: End | Relaunch): boolean {
  if (found.status !== move.to) return false;
  if (move.to === 'PENDING') return 'attempt' in found && found.attempt === move.attempt;
  return 'completedAt' in found && found.completedAt === move.completedAt;
}

// What cannot be published stays in the outbox: the reconciler does it then.
async function publish({ platform, logger }: RecordKeeper, events: readonly OutpostEvent[]): Promise<void> {
  await publishWritten(platform, events).catch((error: unknown) =>
    logger.warn({ err: error }, 'events not published'),
  );
}

// What the run did and cost stays true; only the end that counts is another.
function asCancelled(end: End): End {
  const { failure } = concludeStop('cancelled');
  return { ...end, to: 'CANCELLED', errorMessage: failure.message, failure };
}

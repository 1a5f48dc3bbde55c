import {
  costEventOf,
  isCancelRequested,
  type Outcome,
  type RecordIn,
  type TerminalStatus,
} from '@outpost/contracts';
import { deliver } from '@outpost/platform';
import { concludeStop } from '../conclusion.js';
import type { RecordKeeper } from '../worker.js';

export type End = { readonly to: TerminalStatus } & Outcome;

/** Writes the end of the dispatch, with its cost event. Undefined: another has ended it already. */
export async function report(
  worker: RecordKeeper,
  record: RecordIn<'RUNNING'>,
  end: End,
): Promise<TerminalStatus | undefined> {
  const written = await write(worker, record, end);
  if (written !== 'cancelled meanwhile') return written;
  return (await write(worker, record, asCancelled(end))) === 'CANCELLED' ? 'CANCELLED' : undefined;
}

async function write(
  { platform, key, logger }: RecordKeeper,
  record: RecordIn<'RUNNING'>,
  end: End,
): Promise<TerminalStatus | 'cancelled meanwhile' | undefined> {
  const event = costEventOf(record, end);
  const result = await platform.dispatches.move({ ...key, move: end, event, during: ['RUNNING'] });
  if (result.outcome === 'moved') {
    // It stays in the outbox when it cannot be published: the reconciler does it then.
    await deliver(platform, event).catch((error: unknown) =>
      logger.warn({ err: error }, 'event not published'),
    );
    return end.to;
  }
  if (
    result.outcome === 'refused' &&
    result.record.status === 'RUNNING' &&
    isCancelRequested(result.record)
  ) {
    return 'cancelled meanwhile';
  }
  return undefined;
}

// What the run did and cost stays true; only the end that counts is another.
function asCancelled(end: End): End {
  const { failure } = concludeStop('cancelled');
  return { ...end, to: 'CANCELLED', errorMessage: failure.message, failure };
}

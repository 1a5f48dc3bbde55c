import type { Readable } from 'node:stream';
import { timestamp, type Assignment, type Assignments, type Clock } from '../ports/index.js';
import type { Database } from './database.js';
import { assignmentOf, MAX_DELIVERY_BYTES } from './delivered-secrets.js';
import { linesOf } from './stream-lines.js';
import { createWorkerTable } from './worker-table.js';

export interface LocalAssignmentsOptions {
  readonly database: Database;
  readonly clock: Clock;
  readonly workerId: string;
  /** A delivery a line. Its end: the control plane is gone. */
  readonly stdin: Readable;
}

/** What a warm worker is given: its row says what to do, and the line on stdin that follows brings the secrets. */
export function createLocalAssignments({
  database,
  clock,
  workerId,
  stdin,
}: LocalAssignmentsOptions): Assignments {
  const table = createWorkerTable(database);
  const lines = linesOf(stdin, { maxBytes: MAX_DELIVERY_BYTES });
  const nextOf = async (signal: AbortSignal): Promise<Assignment | undefined> => {
    for (;;) {
      const line = await unlessAborted(lines.next(), signal);
      if (line === undefined || line.done === true) return undefined;
      const assignment = assignmentOf(line.value);
      // A control plane that could not be sure of its delivery has taken it back.
      if (table.isBusyWith(workerId, assignment)) return assignment;
    }
  };
  return {
    async next({ signal }) {
      const isWaiting = !signal.aborted && table.moveToIdle({ workerId, at: timestamp(clock) });
      const assignment = isWaiting ? await nextOf(signal) : undefined;
      if (assignment === undefined)
        table.moveToStopping({ workerId, at: timestamp(clock), evenIfBusy: true });
      return assignment;
    },
  };
}

/** Undefined once the signal is aborted: nobody asks again then. */
async function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T | undefined> {
  if (signal.aborted) return undefined;
  const { promise: aborted, resolve } = Promise.withResolvers<undefined>();
  const onAbort = (): void => resolve(undefined);
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

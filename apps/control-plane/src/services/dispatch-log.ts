import { isTerminal, OutpostError, type DispatchRecord, type TerminalStatus } from '@outpost/contracts';
import type { DispatchKey, DispatchStore, LogChunk, LogReader, LogSource } from '@outpost/platform';

/** Some lines of a dispatch's log. */
export interface LogSlice extends LogChunk {
  /** Set when these lines are the last: how the dispatch ended. */
  readonly end: TerminalStatus | undefined;
}

interface LogStores {
  readonly dispatches: DispatchStore;
  readonly logs: LogReader;
}

/** Rejects with NOT_FOUND or, for a wrong cursor, VALIDATION_ERROR. */
export async function readDispatchLog(
  { dispatches, logs }: LogStores,
  { tenantId, dispatchId, ...range }: DispatchKey & { cursor?: string | undefined; limit: number },
): Promise<LogSlice> {
  // The status is read before the lines: a dispatch that ended by then has no lines after them.
  const record = await findDispatch(dispatches, { tenantId, dispatchId });
  const chunk = await logs.read({ ...logSourceOf(record), ...range });
  return { ...chunk, end: chunk.atEnd && isTerminal(record.status) ? record.status : undefined };
}

/** Rejects with NOT_FOUND. */
export async function findDispatch(dispatches: DispatchStore, key: DispatchKey): Promise<DispatchRecord> {
  const record = await dispatches.get({ tenantId: key.tenantId, dispatchId: key.dispatchId });
  if (record === undefined) throw new OutpostError('NOT_FOUND', `There is no dispatch ${key.dispatchId}.`);
  return record;
}

export function logSourceOf(record: DispatchRecord): LogSource {
  const { tenantId, dispatchId } = record;
  const taskArn = 'taskArn' in record ? record.taskArn : undefined;
  return { tenantId, dispatchId, taskArn, hasEnded: isTerminal(record.status) };
}

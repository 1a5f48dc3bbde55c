import type { LogLine } from '@outpost/contracts';

export interface LogKey {
  readonly tenantId: string;
  readonly dispatchId: string;
}

/** A dispatch's log as its reader finds it: where the lines are depends on the task that wrote them, and on whether it has ended. */
export interface LogSource extends LogKey {
  /** The last task of the dispatch; undefined before the first was started. */
  readonly taskArn?: string | undefined;
  /** Set once the dispatch is in a terminal state: no lines follow. */
  readonly hasEnded?: boolean;
}

/** The worker's side of a log. */
export interface LogWriter {
  /** Appends in order. Lines are redacted before they come here. */
  append(params: LogKey & { readonly lines: readonly LogLine[] }): Promise<void>;
  /** Called once, after the last line: what was appended is from now on kept for as long as the dispatch. */
  seal(key: LogKey): Promise<void>;
}

/** The control plane's side of a log. */
export interface LogReader {
  /** Lines after `cursor` (from the start without one), with a cursor after each; an unknown cursor is a VALIDATION_ERROR. */
  read(
    params: LogSource & { readonly cursor?: string | undefined; readonly limit: number },
  ): Promise<LogChunk>;
  /** The last `limit` lines. */
  tail(params: LogSource & { readonly limit: number }): Promise<readonly LogLine[]>;
  /** Deletes what was kept of the log of a dispatch that has ended. Idempotent. */
  remove(key: LogKey): Promise<void>;
}

export interface LogChunk {
  readonly entries: readonly { readonly line: LogLine; readonly cursor: string }[];
  /** Where to read on: the last entry's cursor, or the one given. Stays valid when the dispatch ends. */
  readonly nextCursor: string;
  /** No more lines were there at the time of reading. */
  readonly atEnd: boolean;
}

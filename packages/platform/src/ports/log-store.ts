import type { LogLine } from '@outpost/contracts';

export interface LogKey {
  readonly tenantId: string;
  readonly dispatchId: string;
}

export interface LogStore {
  /** Appends in order. Lines are redacted before they come here. */
  append(params: LogKey & { readonly lines: readonly LogLine[] }): Promise<void>;
  /** Lines after `cursor` (from the start without one), with a cursor after each; an unknown cursor is a VALIDATION_ERROR. */
  read(params: LogKey & { readonly cursor?: string | undefined; readonly limit: number }): Promise<LogChunk>;
  /** The last `limit` lines. */
  tail(params: LogKey & { readonly limit: number }): Promise<readonly LogLine[]>;
}

export interface LogChunk {
  readonly entries: readonly { readonly line: LogLine; readonly cursor: string }[];
  /** Where to read on: the last entry's cursor, or the one given. */
  readonly nextCursor: string;
  /** No more lines were there at the time of reading. */
  readonly atEnd: boolean;
}

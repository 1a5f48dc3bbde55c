import { OutpostError } from '@outpost/contracts';

/** The place after a line of a log: both of its stores, CloudWatch and the archive, can be read on from there. */
export interface LogPosition {
  /** Epoch milliseconds; no event of a later line is older. */
  readonly timestampMs: number;
  /** Offset of the byte after the line in the archive. */
  readonly end: number;
}

export const LOG_START = '0';

const CURSOR = /^([1-9]\d{0,14})-([1-9]\d{0,14})$/;

export function cursorOf({ timestampMs, end }: LogPosition): string {
  return `${timestampMs}-${end}`;
}

/** Throws VALIDATION_ERROR on what `cursorOf` never made. */
export function parseLogCursor(cursor: string): LogPosition {
  if (cursor === LOG_START) return { timestampMs: 0, end: 0 };
  const [, timestampMs, end] = CURSOR.exec(cursor) ?? [];
  if (timestampMs === undefined || end === undefined) throw wrongCursor();
  return { timestampMs: Number(timestampMs), end: Number(end) };
}

export function wrongCursor(): OutpostError {
  return new OutpostError('VALIDATION_ERROR', 'The cursor is not one that this log answered.', {
    details: [{ path: 'query.cursor', message: 'must be the nextCursor of the page before' }],
  });
}

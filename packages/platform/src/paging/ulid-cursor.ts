import { DispatchIdSchema, OutpostError } from '@outpost/contracts';
import { encodeTime } from 'ulid';

const TIME_CHARACTERS = 10;

/** A page is continued after the ULID of its last item. */
export function encodeCursor(id: string): string {
  return Buffer.from(id, 'latin1').toString('base64url');
}

/** Throws VALIDATION_ERROR for what `encodeCursor` did not make. */
export function decodeCursor(cursor: string): string {
  const id = Buffer.from(cursor, 'base64url').toString('latin1');
  if (DispatchIdSchema.safeParse(id).success && encodeCursor(id) === cursor) return id;
  throw new OutpostError('VALIDATION_ERROR', 'The cursor is not one that a page answered.', {
    details: [{ path: 'query.cursor', message: 'must be the nextCursor of the page before' }],
  });
}

/** Sorts before every ULID of that time (ISO 8601), and after all that are older. */
export function firstIdAt(time: string): string {
  return encodeTime(Math.max(0, Date.parse(time)), TIME_CHARACTERS);
}

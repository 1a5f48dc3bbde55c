import { DispatchIdSchema, OutpostError } from '@outpost/contracts';

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

import { OutpostError, TimestampSchema, WorkspaceIdSchema } from '@outpost/contracts';
import { z } from 'zod';

const CursorSchema = z.tuple([TimestampSchema, WorkspaceIdSchema]);

/** A page is continued after its last workspace, as that was when the page was made. */
export function encodeWorkspaceCursor(last: {
  readonly lastUsedAt: string;
  readonly workspaceId: string;
}): string {
  return Buffer.from(JSON.stringify([last.lastUsedAt, last.workspaceId])).toString('base64url');
}

/** Throws VALIDATION_ERROR for what `encodeWorkspaceCursor` did not make. */
export function decodeWorkspaceCursor(cursor: string): { lastUsedAt: string; workspaceId: string } {
  const parsed = CursorSchema.safeParse(parseJson(Buffer.from(cursor, 'base64url').toString('utf8')));
  if (parsed.success) {
    const [lastUsedAt, workspaceId] = parsed.data;
    if (encodeWorkspaceCursor({ lastUsedAt, workspaceId }) === cursor) return { lastUsedAt, workspaceId };
  }
  throw new OutpostError('VALIDATION_ERROR', 'The cursor is not one that a page answered.', {
    details: [{ path: 'query.cursor', message: 'must be the nextCursor of the page before' }],
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

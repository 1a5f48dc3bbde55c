import { z } from 'zod';

/** Crockford base 32, 26 characters, sorted by time of creation. */
export const DispatchIdSchema = z
  .string()
  .regex(
    /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/,
    'must be a dispatch id: 26 characters of a ULID, as POST /dispatch answered it',
  )
  .meta({ id: 'DispatchId', description: 'A ULID.', example: '01K4ZJ8W2T6V0Q9S3R5X7Y1B2C' });

/** ISO 8601 in UTC, with milliseconds. */
export const TimestampSchema = z.iso.datetime({ precision: 3 }).meta({
  id: 'Timestamp',
  description: 'ISO 8601, UTC, milliseconds.',
  example: '2026-11-23T12:00:00.000Z',
});

export const WorkspaceIdSchema = z.uuid('must be a workspace id: a UUID').meta({ id: 'WorkspaceId' });

/** Opaque: pass back what the page before answered. */
export const CursorSchema = z.string().min(1).max(512);

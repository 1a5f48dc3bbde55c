import { z } from 'zod';
import { AgentNameSchema } from './agents.js';
import { AuditActionSchema } from './audit.js';
import { DispatchStatusSchema } from './dispatch.js';
import { LIMITS } from './limits.js';
import { CursorSchema } from './primitives.js';
import { RepositorySchema } from './repository.js';
import { MonthSchema } from './tenants.js';

/** In a query everything is text: the range would be lost to who reads the document. */
const wholeNumber = (min: number, max: number) =>
  z.coerce
    .number<string>()
    .pipe(z.int().min(min).max(max))
    .meta({ override: { type: 'integer', minimum: min, maximum: max } });

const sinceTime = z.iso.datetime({
  offset: true,
  error: 'must be an ISO 8601 time, e.g. 2026-11-23T12:00:00Z',
});

export const DispatchQuerySchema = z.strictObject({
  logs: wholeNumber(1, LIMITS.recentLogMaxLines).optional(),
});

export const LogQuerySchema = z.strictObject({
  cursor: CursorSchema.optional(),
  limit: wholeNumber(1, LIMITS.logPageMaxLines).default(LIMITS.logPageDefaultLines),
});

export const EventsQuerySchema = z.strictObject({
  cursor: CursorSchema.optional(),
  limit: wholeNumber(1, LIMITS.pageMaxItems).default(LIMITS.pageMaxItems),
});

export const RunsQuerySchema = z.strictObject({
  status: DispatchStatusSchema.optional(),
  agent: AgentNameSchema.optional(),
  repo: RepositorySchema.optional(),
  userId: z.string().min(1).max(128).optional(),
  since: sinceTime.optional(),
  limit: wholeNumber(1, LIMITS.pageMaxItems).default(LIMITS.pageDefaultItems),
  cursor: CursorSchema.optional(),
});
export type RunsQuery = z.infer<typeof RunsQuerySchema>;

export const AuditQuerySchema = z.strictObject({
  action: AuditActionSchema.optional(),
  since: sinceTime.optional(),
  limit: wholeNumber(1, LIMITS.pageMaxItems).default(LIMITS.pageDefaultItems),
  cursor: CursorSchema.optional(),
});
export type AuditQuery = z.infer<typeof AuditQuerySchema>;

export const WorkspacesQuerySchema = z.strictObject({
  limit: wholeNumber(1, LIMITS.pageMaxItems).default(LIMITS.pageDefaultItems),
  cursor: CursorSchema.optional(),
});

export const WebhookDeliveriesQuerySchema = z.strictObject({
  limit: wholeNumber(1, LIMITS.pageMaxItems).default(LIMITS.pageDefaultItems),
  cursor: CursorSchema.optional(),
});

/** The current month without one. */
export const UsageQuerySchema = z.strictObject({ month: MonthSchema.optional() });

export const ArtifactsQuerySchema = z.strictObject({
  expiresIn: wholeNumber(LIMITS.artifactUrlMinSeconds, LIMITS.artifactUrlMaxSeconds).default(
    LIMITS.artifactUrlDefaultSeconds,
  ),
});

/** The signature covers tenant, dispatch, name and expiry. */
export const DownloadQuerySchema = z.strictObject({
  tenant: z.string().min(1).max(64),
  expires: wholeNumber(0, Number.MAX_SAFE_INTEGER),
  signature: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .meta({ example: 'ab'.repeat(32) }),
});

export const IdempotencyHeaderSchema = z.object({
  'idempotency-key': z
    .string()
    .min(1)
    .max(
      LIMITS.idempotencyKeyMaxCharacters,
      `must be at most ${LIMITS.idempotencyKeyMaxCharacters} characters`,
    )
    .optional(),
});

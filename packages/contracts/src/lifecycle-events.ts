import { z } from 'zod';
import { AgentNameSchema } from './agents.js';
import { DispatchStatusSchema, type DispatchRecord, type DispatchStatus } from './dispatch.js';
import { FailureSchema, type Failure } from './failures.js';
import { DispatchIdSchema, TimestampSchema } from './primitives.js';
import { TierNameSchema } from './tiers.js';

/** Of each status, the event that tells of it. */
export const LIFECYCLE_EVENT_OF = {
  QUEUED: 'dispatch.queued',
  PENDING: 'dispatch.pending',
  RUNNING: 'dispatch.started',
  COMPLETED: 'dispatch.completed',
  FAILED: 'dispatch.failed',
  TIMEOUT: 'dispatch.timeout',
  CANCELLED: 'dispatch.cancelled',
} as const satisfies Readonly<Record<DispatchStatus, string>>;

export const LIFECYCLE_EVENT_TYPES = Object.values(LIFECYCLE_EVENT_OF);

/** A move of a dispatch. Those of one dispatch are in order by `attempt`, then by where their status stands in its life. */
export const LifecycleEventSchema = z
  .strictObject({
    eventId: z.string().meta({
      description: 'The same however often the event comes: a consumer drops what it has seen.',
      example: '01K4ZJ8W2T6V0Q9S3R5X7Y1B2C-1-started',
    }),
    type: z.enum(LIFECYCLE_EVENT_TYPES),
    occurredAt: TimestampSchema,
    dispatchId: DispatchIdSchema,
    tenantId: z.string(),
    userId: z.string().optional(),
    agent: AgentNameSchema,
    modelId: z.string(),
    tier: TierNameSchema,
    repo: z.string().optional(),
    branch: z.string().optional(),
    retryOf: DispatchIdSchema.optional(),
    status: DispatchStatusSchema,
    attempt: z
      .int()
      .nonnegative()
      .meta({ description: 'From 1; 0 while it has waited in the queue and not yet had one.' }),
    exitCode: z.int().nullable().optional().meta({ description: 'With an end: of the agent CLI.' }),
    failure: FailureSchema.optional().meta({
      description: 'Why it did not complete; with `dispatch.pending`, why the attempt before failed.',
    }),
  })
  .meta({ id: 'LifecycleEvent', description: 'A dispatch has a new status.' });
export type LifecycleEvent = z.infer<typeof LifecycleEventSchema>;

/** The event of the move that led to the record as it stands. */
export function lifecycleEventOf(record: DispatchRecord): LifecycleEvent {
  const { status, dispatchId, tenantId, userId, agent, modelId, tier, repo, branch, retryOf } = record;
  const type = LIFECYCLE_EVENT_OF[status];
  const attempt = ('attempt' in record ? record.attempt : undefined) ?? 0;
  const failure = failureOf(record);
  return {
    eventId: `${dispatchId}-${attempt}-${type.slice('dispatch.'.length)}`,
    type,
    occurredAt: occurredAt(record),
    dispatchId,
    tenantId,
    ...(userId !== undefined && { userId }),
    agent,
    modelId,
    tier,
    ...(repo !== undefined && { repo }),
    ...(branch !== undefined && { branch }),
    ...(retryOf !== undefined && { retryOf }),
    status,
    attempt,
    ...('exitCode' in record && { exitCode: record.exitCode }),
    ...(failure !== undefined && { failure }),
  };
}

function occurredAt(record: DispatchRecord): string {
  switch (record.status) {
    case 'QUEUED':
      return record.createdAt;
    case 'PENDING':
      return record.pendingAt;
    case 'RUNNING':
      return record.startedAt;
    default:
      return record.completedAt;
  }
}

function failureOf(record: DispatchRecord): Failure | undefined {
  if ('failure' in record) return record.failure;
  return record.status === 'PENDING' ? record.attempts?.at(-1)?.failure : undefined;
}

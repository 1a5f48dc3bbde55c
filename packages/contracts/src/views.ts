import { z } from 'zod';
import { AgentNameSchema } from './agents.js';
import { AuditEntrySchema } from './audit.js';
import { COMPLETED_EXAMPLE } from './dispatch-examples.js';
import {
  AttemptSchema,
  DispatchSpecSchema,
  DispatchStatusSchema,
  OutcomeSchema,
  StageSchema,
} from './dispatch.js';
import { LIMITS } from './limits.js';
import { LogLineSchema } from './logs.js';
import { TimestampSchema } from './primitives.js';
import { PromotionSchema } from './promotions.js';
import { TierNameSchema } from './tiers.js';

export const QueueViewSchema = z
  .strictObject({
    position: z
      .int()
      .positive()
      .meta({
        description: `From 1: how many of this agent start before it, counted if tenants take turns; up to ${LIMITS.queuePositionMax}.`,
      }),
    estimatedStartAt: TimestampSchema.nullable().meta({
      description: "From the durations of the agent's last runs; null without any.",
    }),
  })
  .meta({ id: 'QueueView', description: 'Where a dispatch stands in the queue.' });
export type QueueView = z.infer<typeof QueueViewSchema>;

/** A dispatch as the API shows it: the record, flat, with what belongs to its status. */
export const DispatchSchema = DispatchSpecSchema.omit({ tenantId: true, ttl: true })
  .extend({
    status: DispatchStatusSchema,
    secrets: z.array(z.string()).meta({ description: 'Names, never values.' }),
    startedAt: TimestampSchema.optional(),
    cancelRequestedAt: TimestampSchema.optional(),
    attempt: z
      .int()
      .positive()
      .optional()
      .meta({ description: 'The attempt under way, or the last: from 1.' }),
    attempts: z.array(AttemptSchema).optional().meta({ description: 'Those before it, oldest first.' }),
    taskArn: z.string().optional(),
    workerId: z.string().optional().meta({ description: 'The warm worker that it was given to.' }),
    queue: QueueViewSchema.optional().meta({
      description: 'While QUEUED, of one dispatch that is asked for.',
    }),
    stage: StageSchema.optional().meta({ description: 'Where the worker is, while RUNNING.' }),
    ...OutcomeSchema.partial().shape,
    promotions: z
      .array(PromotionSchema)
      .optional()
      .meta({ description: 'Of one dispatch that is asked for, by their branches.' }),
    logs: z.array(LogLineSchema).optional().meta({ description: 'The last lines, with `?logs=N`.' }),
    artifactUrl: z.string().optional().meta({ description: 'The patch, or failing that the log; expires.' }),
  })
  .meta({ id: 'Dispatch', example: COMPLETED_EXAMPLE });
export type Dispatch = z.infer<typeof DispatchSchema>;

export const DispatchPageSchema = z
  .strictObject({
    runs: z.array(DispatchSchema),
    nextCursor: z.string().optional().meta({ description: 'Absent on the last page.' }),
  })
  .meta({ id: 'DispatchPage' });
export type DispatchPage = z.infer<typeof DispatchPageSchema>;

export const AuditPageSchema = z
  .strictObject({
    entries: z.array(AuditEntrySchema).meta({ description: 'Newest first.' }),
    nextCursor: z.string().optional().meta({ description: 'Absent on the last page.' }),
  })
  .meta({ id: 'AuditPage' });
export type AuditPage = z.infer<typeof AuditPageSchema>;

export const FleetAgentSchema = z
  .strictObject({
    agent: AgentNameSchema,
    displayName: z.string(),
    strengths: z.string(),
    available: z.boolean(),
    reason: z.string().optional().meta({ description: 'Why it is not available, and what to do.' }),
    modelId: z.string(),
    tier: TierNameSchema,
    limit: z.int(),
    warm: z.int().meta({ description: 'Warm workers that wait for a dispatch.' }),
    busy: z.int(),
    queued: z.int(),
    successRate: z
      .number()
      .min(0)
      .max(1)
      .nullable()
      .meta({ description: "Of the tenant's last runs; null without any." }),
    p50DurationMs: z.number().nullable(),
    p95DurationMs: z.number().nullable(),
  })
  .meta({
    id: 'FleetAgent',
    example: {
      agent: 'codex',
      displayName: 'OpenAI Codex',
      strengths: 'Code generation, tests, review',
      available: true,
      modelId: 'gpt-5.2-codex',
      tier: 'flagship',
      limit: 5,
      warm: 0,
      busy: 2,
      queued: 0,
      successRate: 0.97,
      p50DurationMs: 64_000,
      p95DurationMs: 210_000,
    },
  });

export const FleetSchema = z
  .strictObject({
    agents: z.array(FleetAgentSchema),
    tenant: z
      .strictObject({ busy: z.int(), queued: z.int(), limit: z.int() })
      .meta({ example: { busy: 2, queued: 0, limit: 10 } }),
  })
  .meta({ id: 'Fleet' });
export type Fleet = z.infer<typeof FleetSchema>;

export const HealthSchema = z
  .strictObject({ status: z.literal('ok'), version: z.string().meta({ example: '0.1.0' }) })
  .meta({ id: 'Health' });
export type Health = z.infer<typeof HealthSchema>;
export const ReadinessSchema = z
  .strictObject({
    status: z.enum(['ok', 'unavailable']),
    checks: z.record(z.string(), z.enum(['ok', 'failed'])),
  })
  .meta({ id: 'Readiness' });

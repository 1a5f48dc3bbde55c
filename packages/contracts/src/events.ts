import { z } from 'zod';
import { AgentNameSchema } from './agents.js';
import { CostSchema } from './cost.js';
import { DispatchStatusSchema, type DispatchRecord, type Outcome } from './dispatch.js';
import { LIFECYCLE_EVENT_TYPES, LifecycleEventSchema } from './lifecycle-events.js';
import { DispatchIdSchema, TimestampSchema } from './primitives.js';
import { TIERS, TierNameSchema } from './tiers.js';
import { TokenUsageSchema } from './usage.js';
import { WorkspaceModeSchema } from './create-dispatch.js';
import type { TerminalStatus } from './transitions.js';

/** Emitted once for each dispatch, in the transaction that ends it. */
export const CostEventSchema = z
  .strictObject({
    /** The dispatch's id: a consumer that sees it twice drops the second. */
    eventId: DispatchIdSchema,
    type: z.literal('dispatch.cost'),
    occurredAt: TimestampSchema,
    dispatchId: DispatchIdSchema,
    tenantId: z.string(),
    userId: z.string().optional(),
    agent: AgentNameSchema,
    modelId: z.string(),
    status: DispatchStatusSchema,
    startedAt: TimestampSchema.optional(),
    endedAt: TimestampSchema,
    durationMs: z.number().nonnegative(),
    tier: TierNameSchema,
    cpuUnits: z.int(),
    memoryMb: z.int(),
    workspaceMode: WorkspaceModeSchema,
    usage: TokenUsageSchema.optional(),
    cost: CostSchema.optional(),
  })
  .meta({ id: 'CostEvent', description: 'What a dispatch used and cost.' });
export type CostEvent = z.infer<typeof CostEventSchema>;

export const EVENT_TYPES = [...LIFECYCLE_EVENT_TYPES, 'dispatch.cost'] as const;
export const EventTypeSchema = z.enum(EVENT_TYPES).meta({ id: 'EventType' });
export type EventType = z.infer<typeof EventTypeSchema>;

/** What happens to dispatches. Each is put in the outbox by the write that it tells of. */
export const OutpostEventSchema = z.discriminatedUnion('type', [LifecycleEventSchema, CostEventSchema]);
export type OutpostEvent = z.infer<typeof OutpostEventSchema>;

export function costEventOf(
  record: DispatchRecord,
  end: { readonly to: TerminalStatus } & Outcome,
): CostEvent {
  const startedAt = 'startedAt' in record ? record.startedAt : undefined;
  const { cpuUnits, memoryMb } = TIERS[record.tier];
  return {
    eventId: record.dispatchId,
    type: 'dispatch.cost',
    occurredAt: end.completedAt,
    dispatchId: record.dispatchId,
    tenantId: record.tenantId,
    ...(record.userId !== undefined && { userId: record.userId }),
    agent: record.agent,
    modelId: record.modelId,
    status: end.to,
    ...(startedAt !== undefined && { startedAt }),
    endedAt: end.completedAt,
    durationMs:
      startedAt === undefined ? 0 : Math.max(0, Date.parse(end.completedAt) - Date.parse(startedAt)),
    tier: record.tier,
    cpuUnits,
    memoryMb,
    workspaceMode: record.workspaceMode,
    ...(end.usage !== undefined && { usage: end.usage }),
    ...(end.cost !== undefined && { cost: end.cost }),
  };
}

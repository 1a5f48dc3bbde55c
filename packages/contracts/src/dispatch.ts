import { z } from 'zod';
import { AgentNameSchema } from './agents.js';
import { CostSchema } from './cost.js';
import { ContextLevelSchema, SecretNameSchema, WorkspaceModeSchema } from './create-dispatch.js';
import { FailureSchema } from './failures.js';
import { DispatchIdSchema, TimestampSchema, WorkspaceIdSchema } from './primitives.js';
import { PromoteAheadSchema } from './promotions.js';
import { TierNameSchema } from './tiers.js';
import { TokenUsageSchema } from './usage.js';
import { VerificationSchema } from './verification.js';

export const DISPATCH_STATUSES = [
  'PENDING',
  'QUEUED',
  'RUNNING',
  'COMPLETED',
  'FAILED',
  'TIMEOUT',
  'CANCELLED',
] as const;
export const DispatchStatusSchema = z.enum(DISPATCH_STATUSES).meta({ id: 'DispatchStatus' });
export type DispatchStatus = z.infer<typeof DispatchStatusSchema>;

/** The worker's phases, in their order. */
export const STAGES = [
  'claim',
  'workspace',
  'clone',
  'context',
  'run',
  'verify',
  'collect',
  'upload',
  'report',
] as const;
export const StageSchema = z.enum(STAGES).meta({ id: 'Stage', description: 'A phase of the worker.' });
export type Stage = z.infer<typeof StageSchema>;

/** `queue`: waiting for a slot; `launch`: from the slot to a worker's claim. Then the worker's phases. */
export const TIMED_STAGES = ['queue', 'launch', ...STAGES] as const;

/** Milliseconds spent in each stage that was reached, of the last attempt. */
export const StageTimingsSchema = z
  .partialRecord(z.enum(TIMED_STAGES), z.number().nonnegative())
  .meta({ id: 'StageTimings', description: 'Milliseconds spent in each stage of the last attempt.' });
export type StageTimings = z.infer<typeof StageTimingsSchema>;

export const ChangesSchema = z
  .strictObject({
    baseCommit: z.string().meta({ description: 'The commit that changes.patch applies to.' }),
    filesChanged: z.int().nonnegative(),
    insertions: z.int().nonnegative(),
    deletions: z.int().nonnegative(),
  })
  .meta({ id: 'Changes', description: 'What the agent changed against the base commit.' });
export type Changes = z.infer<typeof ChangesSchema>;

/** What the workspace of a dispatch may take on disk while its agent works. */
export const WorkspaceLimitsSchema = z
  .strictObject({ megabytes: z.int().positive(), files: z.int().positive() })
  .meta({ id: 'WorkspaceLimits', description: 'What the workspace may take on disk.' });
export type WorkspaceLimits = z.infer<typeof WorkspaceLimitsSchema>;

/** What is fixed when a dispatch is accepted. */
export const DispatchSpecSchema = z.strictObject({
  dispatchId: DispatchIdSchema,
  tenantId: z.string(),
  userId: z.string().optional(),
  agent: AgentNameSchema,
  modelId: z.string(),
  tier: TierNameSchema,
  task: z.string(),
  repo: z.string().optional(),
  branch: z.string().optional(),
  contextLevel: ContextLevelSchema,
  workspaceMode: WorkspaceModeSchema,
  workspaceId: WorkspaceIdSchema,
  workspaceLimits: WorkspaceLimitsSchema.optional(),
  archiveWorkspace: z.boolean().optional(),
  timeoutSeconds: z.int(),
  tags: z.record(z.string(), z.string()),
  secrets: z.array(SecretNameSchema),
  verify: z.string().optional(),
  verifyAttempts: z.int().optional(),
  parentDispatchId: DispatchIdSchema.optional().meta({
    description: 'The dispatch that this one goes on from: changes are those of both, against the same base.',
  }),
  retryOf: DispatchIdSchema.optional().meta({ description: 'The dispatch whose input this one repeats.' }),
  promote: PromoteAheadSchema.optional(),
  createdAt: TimestampSchema,
  /** Epoch seconds after which the record may be deleted. */
  ttl: z.int(),
});
export type DispatchSpec = z.infer<typeof DispatchSpecSchema>;

/** An attempt that failed and was followed by another. */
export const AttemptSchema = z
  .strictObject({
    /** From 1. */
    attempt: z.int().positive(),
    tier: TierNameSchema,
    taskArn: z.string().optional(),
    pendingAt: TimestampSchema.optional().meta({ description: 'When it was given its slots.' }),
    startedAt: TimestampSchema.optional().meta({ description: 'Absent when no worker took it.' }),
    timings: StageTimingsSchema.optional().meta({ description: 'Of the stages that its worker has left.' }),
    endedAt: TimestampSchema,
    failure: FailureSchema,
  })
  .meta({ id: 'Attempt', description: 'An attempt that failed and was followed by another.' });
export type Attempt = z.infer<typeof AttemptSchema>;

const Queued = DispatchSpecSchema.extend({ status: z.literal('QUEUED') });

/** What a dispatch knows of its attempts from the moment that it has its slots. */
const Attempted = {
  /** When this attempt was given its slots. */
  pendingAt: TimestampSchema,
  /** The attempt under way, or the last: from 1. Its tier is the record's. */
  attempt: z.int().positive(),
  /** Those before it, oldest first. */
  attempts: z.array(AttemptSchema).optional(),
  taskArn: z.string().optional(),
  /** The warm worker that it was given to; absent when a worker was started for it. */
  workerId: z.string().optional(),
};

/** Holds its slots; its worker is being started. */
const Pending = DispatchSpecSchema.extend({ status: z.literal('PENDING'), ...Attempted });

const Running = DispatchSpecSchema.extend({
  status: z.literal('RUNNING'),
  ...Attempted,
  startedAt: TimestampSchema,
  heartbeatAt: TimestampSchema,
  stage: StageSchema,
  /** Of the stages that it has left. */
  timings: StageTimingsSchema.optional(),
  cancelRequestedAt: TimestampSchema.optional(),
});

/** How a dispatch ended; what a run never reached stays out. */
export const OutcomeSchema = z.strictObject({
  completedAt: TimestampSchema,
  exitCode: z
    .int()
    .nullable()
    .meta({ description: 'Exit code of the agent CLI; null when it never ended by itself.' }),
  errorMessage: z.string().nullable(),
  failure: FailureSchema.optional(),
  output: z.string().optional().meta({ description: 'The last message of the agent.' }),
  usage: TokenUsageSchema.optional(),
  cost: CostSchema.optional(),
  verification: VerificationSchema.optional(),
  changes: ChangesSchema.optional(),
  manifestSha256: z
    .string()
    .optional()
    .meta({ description: 'Of manifest.json, which has the digests of all artifacts.' }),
  timings: StageTimingsSchema.optional(),
});
export type Outcome = z.infer<typeof OutcomeSchema>;

const Ended = DispatchSpecSchema.extend({
  ...z.object(Attempted).partial().shape,
  ...OutcomeSchema.shape,
  startedAt: TimestampSchema.optional(),
  cancelRequestedAt: TimestampSchema.optional(),
});

export const DispatchRecordSchema = z
  .discriminatedUnion('status', [
    Queued,
    Pending,
    Running,
    Ended.extend({ status: z.literal('COMPLETED') }),
    Ended.extend({ status: z.literal('FAILED') }),
    Ended.extend({ status: z.literal('TIMEOUT') }),
    Ended.extend({ status: z.literal('CANCELLED') }),
  ])
  .meta({ id: 'DispatchRecord' });
export type DispatchRecord = z.infer<typeof DispatchRecordSchema>;
export type RecordIn<S extends DispatchStatus> = Extract<DispatchRecord, { status: S }>;

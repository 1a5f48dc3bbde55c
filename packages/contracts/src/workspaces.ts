import { z } from 'zod';
import { AgentNameSchema } from './agents.js';
import { DispatchStatusSchema } from './dispatch.js';
import { LIMITS } from './limits.js';
import { DispatchIdSchema, TimestampSchema, WorkspaceIdSchema } from './primitives.js';

/** What the worker of the last dispatch found in the workspace when it was done. */
export const WorkspaceUsageSchema = z
  .strictObject({
    sizeBytes: z.int().nonnegative().meta({ description: 'What it takes on disk.' }),
    files: z.int().nonnegative().meta({ description: 'Files, directories and links.' }),
    measuredAt: TimestampSchema,
  })
  .meta({ id: 'WorkspaceUsage', description: 'What a workspace took on disk when a worker last left it.' });
export type WorkspaceUsage = z.infer<typeof WorkspaceUsageSchema>;

export const WorkspaceArchiveSchema = z
  .strictObject({ sizeBytes: z.int().nonnegative(), archivedAt: TimestampSchema })
  .meta({ id: 'WorkspaceArchive', description: 'What a workspace was packed into.' });
export type WorkspaceArchive = z.infer<typeof WorkspaceArchiveSchema>;

/** A persistent workspace as the API shows it. */
export const WorkspaceSchema = z
  .strictObject({
    workspaceId: WorkspaceIdSchema,
    repo: z.string().optional(),
    branch: z.string().optional(),
    createdAt: TimestampSchema,
    lastUsedAt: TimestampSchema.meta({ description: 'When a dispatch was last accepted for it.' }),
    expiresAt: TimestampSchema.meta({
      description: `When it is deleted with its data: ${LIMITS.workspaceTtlDays} days after its last use.`,
    }),
    usage: WorkspaceUsageSchema.optional().meta({
      description: 'Absent before its first dispatch has ended.',
    }),
    archive: WorkspaceArchiveSchema.optional().meta({
      description: 'Where the workspace is until a dispatch goes on in it, which restores it first.',
    }),
    quotaBytes: z.int().positive().meta({ description: 'What it may take on disk.' }),
    inUse: z.boolean().meta({ description: 'Whether a dispatch works in it, or waits for it.' }),
    heldBy: DispatchIdSchema.optional().meta({ description: 'The dispatch that has it now.' }),
    waiting: z.int().nonnegative().meta({ description: 'Dispatches that wait for it.' }),
    lastDispatch: z
      .strictObject({
        dispatchId: DispatchIdSchema,
        agent: AgentNameSchema,
        status: DispatchStatusSchema,
      })
      .optional()
      .meta({ description: 'The one that was accepted last.' }),
  })
  .meta({ id: 'Workspace', description: 'A persistent workspace.' });
export type Workspace = z.infer<typeof WorkspaceSchema>;

export const WorkspacePageSchema = z
  .strictObject({
    workspaces: z.array(WorkspaceSchema).meta({ description: 'Newest use first.' }),
    nextCursor: z.string().optional().meta({ description: 'Absent on the last page.' }),
  })
  .meta({ id: 'WorkspacePage' });
export type WorkspacePage = z.infer<typeof WorkspacePageSchema>;

export const DeletedWorkspaceSchema = z
  .strictObject({ workspaceId: WorkspaceIdSchema, deletedAt: TimestampSchema })
  .meta({ id: 'DeletedWorkspace' });
export type DeletedWorkspace = z.infer<typeof DeletedWorkspaceSchema>;

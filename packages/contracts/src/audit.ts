import { z } from 'zod';
import { DispatchIdSchema, TimestampSchema } from './primitives.js';

/** What is recorded. A secret is named, never shown. */
export const AUDIT_ACTIONS = ['secret.inject', 'secret.read', 'secret.validate'] as const;
export const AuditActionSchema = z.enum(AUDIT_ACTIONS).meta({ id: 'AuditAction' });
export type AuditAction = z.infer<typeof AuditActionSchema>;

export const AuditActorSchema = z
  .strictObject({
    kind: z.enum(['api_key', 'control_plane', 'worker']),
    /** The key's id, or the id of the dispatch that the worker has. */
    id: z.string().optional(),
  })
  .meta({ id: 'AuditActor' });
export type AuditActor = z.infer<typeof AuditActorSchema>;

export const AuditEntrySchema = z
  .strictObject({
    /** A ULID: entries sort by time. */
    auditId: DispatchIdSchema,
    tenantId: z.string(),
    at: TimestampSchema,
    actor: AuditActorSchema,
    action: AuditActionSchema,
    resource: z.string().meta({ description: 'What it was done to.', example: 'secret/agents/claude' }),
    outcome: z.enum(['success', 'denied', 'failure']),
    dispatchId: DispatchIdSchema.optional(),
    detail: z.string().optional().meta({ description: 'Why it was denied or failed.' }),
    /** Epoch seconds after which the entry may be deleted. */
    ttl: z.int(),
  })
  .meta({ id: 'AuditEntry' });
export type AuditEntry = z.infer<typeof AuditEntrySchema>;

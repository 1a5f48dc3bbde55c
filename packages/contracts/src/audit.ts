import { z } from 'zod';
import { LIMITS } from './limits.js';
import { DispatchIdSchema, TimestampSchema } from './primitives.js';

const DAY_SECONDS = 86_400;

/** What is recorded. A secret is named, never shown. */
export const AUDIT_ACTIONS = [
  'access.denied',
  'api_key.create',
  'api_key.revoke',
  'api_key.rotate',
  'context_document.delete',
  'context_document.put',
  'dispatch.cancel',
  'dispatch.create',
  'dispatch.promote',
  'dispatch.retry',
  'secret.inject',
  'secret.read',
  'secret.validate',
  'tenant.create',
  'tenant.update',
  'webhook.create',
  'webhook.delete',
  'webhook.redeliver',
  'webhook.rotate',
  'webhook.test',
  'webhook.update',
  'workspace.create',
  'workspace.delete',
] as const;
export const AuditActionSchema = z.enum(AUDIT_ACTIONS).meta({
  id: 'AuditAction',
  description:
    'A call that changes something; any call that was denied; a secret that was named in a dispatch, handed to its worker, or read by the worker; a workspace that a dispatch made, or that expired.',
});
export type AuditAction = z.infer<typeof AuditActionSchema>;

export const AuditActorSchema = z
  .strictObject({
    kind: z.enum(['api_key', 'control_plane', 'worker']),
    /** The key's id, or the id of the dispatch that the worker has. */
    id: z.string().optional(),
  })
  .meta({ id: 'AuditActor', description: 'Who did it.' });
export type AuditActor = z.infer<typeof AuditActorSchema>;

export const AuditEntrySchema = z
  .strictObject({
    /** A ULID: entries sort by time. */
    auditId: DispatchIdSchema,
    tenantId: z.string().meta({ example: 'acme' }),
    at: TimestampSchema,
    actor: AuditActorSchema,
    action: AuditActionSchema,
    resource: z.string().meta({ description: 'What it was done to.', example: 'secret/agents/claude' }),
    outcome: z.enum(['success', 'denied', 'failure']),
    dispatchId: DispatchIdSchema.optional(),
    detail: z.string().optional().meta({ description: 'Why it was denied or failed.' }),
    requestId: z.string().optional(),
    sourceIp: z.string().optional().meta({ description: 'Where the call came from.' }),
    userAgent: z.string().optional().meta({ description: 'What the caller says it is.' }),
    /** Epoch seconds after which the entry may be deleted. */
    ttl: z.int(),
  })
  .meta({ id: 'AuditEntry', description: 'What was done, by whom. A secret is named, never shown.' });
export type AuditEntry = z.infer<typeof AuditEntrySchema>;

/** An entry without what follows from when it is recorded. */
export type AuditEvent = Omit<AuditEntry, 'auditId' | 'at' | 'ttl'>;

/** `auditId` is a ULID of the time `epochMs`. */
export function auditEntryOf(params: {
  readonly auditId: string;
  readonly epochMs: number;
  readonly event: AuditEvent;
}): AuditEntry {
  const { auditId, epochMs, event } = params;
  return {
    ...event,
    auditId,
    at: new Date(epochMs).toISOString(),
    ttl: Math.floor(epochMs / 1_000) + LIMITS.auditTtlDays * DAY_SECONDS,
  };
}

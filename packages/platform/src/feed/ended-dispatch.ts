import { DispatchIdSchema } from '@outpost/contracts';
import { z } from 'zod';
import type { DispatchKey } from '../ports/index.js';

/** What is read of an event; what it has besides may be of a later version. */
const EndSchema = z.object({
  type: z.literal('dispatch.cost'),
  tenantId: z.string(),
  dispatchId: DispatchIdSchema,
});
const EnvelopeSchema = z.object({ detail: EndSchema });

/** The dispatch whose end the JSON of an event tells of; undefined for any other event, and for what is none. */
export function endedDispatchIn(text: string): DispatchKey | undefined {
  return keyOf(EndSchema.safeParse(parsed(text)).data);
}

/** The same, of an event as EventBridge delivers it. */
export function endedDispatchInEnvelope(text: string): DispatchKey | undefined {
  return keyOf(EnvelopeSchema.safeParse(parsed(text)).data?.detail);
}

function keyOf(end: z.infer<typeof EndSchema> | undefined): DispatchKey | undefined {
  return end && { tenantId: end.tenantId, dispatchId: end.dispatchId };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

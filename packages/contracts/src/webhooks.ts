import { z } from 'zod';
import { CostEventSchema, EVENT_TYPES, EventTypeSchema } from './events.js';
import { LifecycleEventSchema } from './lifecycle-events.js';
import { LIMITS } from './limits.js';
import { DispatchIdSchema, TimestampSchema } from './primitives.js';

/** `whsec_` and 32 bytes in base64, as Standard Webhooks has it. */
export const WEBHOOK_SECRET_PATTERN = /^whsec_[A-Za-z0-9+/]{43}=$/;

const MAX_URL_CHARACTERS = 2_048;

export const WebhookUrlSchema = z
  .string()
  .max(MAX_URL_CHARACTERS, `must be at most ${MAX_URL_CHARACTERS} characters`)
  .superRefine((text, context) => {
    const problem = problemOf(text);
    if (problem !== undefined) context.addIssue(problem);
  })
  .meta({ id: 'WebhookUrl', format: 'uri', example: 'https://ci.example.com/outpost' });

function problemOf(text: string): string | undefined {
  if (/[\s\\]/.test(text) || !/^https?:\/\/[^/?#]/i.test(text) || !URL.canParse(text))
    return 'must be an https URL: https://ci.example.com/outpost';
  const { username, password, hash } = new URL(text);
  if (username !== '' || password !== '' || /^[^/]*\/\/[^/?#]*@/.test(text))
    return 'must have no user name or password in it: whoever may read it would know them';
  return hash === '' ? undefined : 'must have no fragment: it is not sent';
}

const eventTypes = z
  .array(EventTypeSchema)
  .min(1)
  .max(EVENT_TYPES.length)
  .refine((types) => new Set(types).size === types.length, 'must name each type once')
  .meta({ description: 'The events that it is sent; else all.', example: ['dispatch.completed'] });

const description = z.string().min(1).max(200).meta({ description: 'For people.', example: 'CI' });

export const WebhookSchema = z
  .strictObject({
    webhookId: z.uuid(),
    url: WebhookUrlSchema,
    events: eventTypes.optional(),
    description: description.optional(),
    status: z.enum(['active', 'disabled']).meta({ description: 'A disabled one is sent nothing.' }),
    disabledReason: z.string().optional().meta({ description: 'Why it was disabled, and what to do.' }),
    failingSince: TimestampSchema.optional().meta({
      description: `Since when every attempt has failed. After ${LIMITS.webhookFailingDays} days it is disabled.`,
    }),
    previousSecretExpiresAt: TimestampSchema.optional().meta({
      description: 'Until then it is signed with the secret before as well.',
    }),
    createdAt: TimestampSchema,
    updatedAt: TimestampSchema,
  })
  .meta({ id: 'Webhook', description: 'Where events of the tenant are sent to. Its secret is not shown.' });
export type Webhook = z.infer<typeof WebhookSchema>;

export const CreateWebhookSchema = z
  .strictObject({
    url: WebhookUrlSchema,
    events: eventTypes.optional(),
    description: description.optional(),
  })
  .meta({ id: 'CreateWebhook' });
export type CreateWebhook = z.infer<typeof CreateWebhookSchema>;

export const UpdateWebhookSchema = z
  .strictObject({
    url: WebhookUrlSchema.optional(),
    events: eventTypes.nullable().optional(),
    description: description.nullable().optional(),
    status: WebhookSchema.shape.status.optional(),
  })
  .meta({ id: 'UpdateWebhook', description: 'What changes; null takes back what was set.' });
export type UpdateWebhook = z.infer<typeof UpdateWebhookSchema>;

export const RotateWebhookSchema = z
  .strictObject({
    overlapSeconds: z
      .int()
      .min(0)
      .max(LIMITS.webhookOverlapMaxSeconds)
      .default(LIMITS.webhookOverlapDefaultSeconds)
      .meta({ description: 'How long requests are signed with the secret before as well.' }),
  })
  .meta({ id: 'RotateWebhook' });

export const CreatedWebhookSchema = WebhookSchema.extend({
  secret: z
    .string()
    .regex(WEBHOOK_SECRET_PATTERN)
    .meta({
      description: 'Signs what is sent. Shown this once.',
      example: `whsec_${'A'.repeat(43)}=`,
    }),
}).meta({ id: 'CreatedWebhook', description: 'A webhook with a new secret, which is shown this once.' });
export type CreatedWebhook = z.infer<typeof CreatedWebhookSchema>;

/** Sent by POST /webhooks/:webhookId/test. */
export const TestEventSchema = z
  .strictObject({
    eventId: z.string(),
    type: z.literal('webhook.test'),
    occurredAt: TimestampSchema,
    tenantId: z.string(),
    webhookId: z.uuid(),
  })
  .meta({ id: 'TestEvent', description: 'Sent to try a webhook.' });
export type TestEvent = z.infer<typeof TestEventSchema>;

/** What a receiver is sent, as JSON. */
export const WebhookEventSchema = z.discriminatedUnion('type', [
  LifecycleEventSchema,
  CostEventSchema,
  TestEventSchema,
]);
export type WebhookEvent = z.infer<typeof WebhookEventSchema>;

export const WebhookAttemptSchema = z
  .strictObject({
    at: TimestampSchema,
    durationMs: z.int().nonnegative(),
    statusCode: z.int().optional().meta({ description: 'Absent when there was no answer.' }),
    error: z.string().optional().meta({ description: 'Absent when it was taken (a status of 2xx).' }),
  })
  .meta({ id: 'WebhookAttempt', description: 'One request. What the receiver answered is not kept.' });
export type WebhookAttempt = z.infer<typeof WebhookAttemptSchema>;

export const WebhookDeliverySchema = z
  .strictObject({
    deliveryId: DispatchIdSchema.meta({ description: 'A ULID of the time of the event.' }),
    webhookId: z.uuid(),
    eventId: z.string(),
    eventType: EventTypeSchema,
    dispatchId: DispatchIdSchema,
    status: z
      .enum(['pending', 'delivered', 'failed'])
      .meta({ description: 'A failed one is not tried again by itself.' }),
    createdAt: TimestampSchema,
    nextAttemptAt: TimestampSchema.optional().meta({ description: 'Not before then, while it is pending.' }),
    attempts: z
      .array(WebhookAttemptSchema)
      .meta({ description: `The last ${LIMITS.webhookAttemptsKept}, oldest first.` }),
  })
  .meta({ id: 'WebhookDelivery', description: 'An event on its way to a webhook.' });
export type WebhookDelivery = z.infer<typeof WebhookDeliverySchema>;

export const WebhookDeliveryPageSchema = z
  .strictObject({
    deliveries: z.array(WebhookDeliverySchema).meta({ description: 'Newest event first.' }),
    nextCursor: z.string().optional().meta({ description: 'Absent on the last page.' }),
  })
  .meta({ id: 'WebhookDeliveryPage' });
export type WebhookDeliveryPage = z.infer<typeof WebhookDeliveryPageSchema>;

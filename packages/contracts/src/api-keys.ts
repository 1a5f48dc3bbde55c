import { z } from 'zod';
import { LIMITS } from './limits.js';
import { TimestampSchema } from './primitives.js';
import { ScopeSchema } from './scopes.js';

/** `otp_` and 64 hex digits. Only its SHA-256 and its first 15 characters are stored. */
export const API_KEY_PATTERN = /^otp_[0-9a-f]{64}$/;
export const API_KEY_PREFIX_LENGTH = 15;

/** A key as stored and shown: never the key itself. */
export const ApiKeySchema = z
  .strictObject({
    apiKeyId: z.uuid(),
    tenantId: z.string().meta({ example: 'acme' }),
    keyPrefix: z.string().length(API_KEY_PREFIX_LENGTH).meta({ example: 'otp_0123456789a' }),
    name: z.string().max(100).meta({ example: 'ci' }),
    scopes: z.array(ScopeSchema),
    status: z.enum(['active', 'expired', 'revoked']),
    createdAt: TimestampSchema,
    expiresAt: TimestampSchema.optional().meta({ description: 'From then on it is refused.' }),
    replacedBy: z.uuid().optional().meta({ description: 'The key that it was rotated to.' }),
    usageCount: z.int().min(0).meta({
      description: 'Requests made with it. Counted in batches: the last half minute may be missing.',
    }),
    lastUsedAt: TimestampSchema.optional(),
  })
  .meta({ id: 'ApiKey', description: 'An API key without its secret.' });
export type ApiKey = z.infer<typeof ApiKeySchema>;

export const CreateApiKeySchema = z
  .strictObject({
    name: z.string().min(1).max(100).meta({ example: 'ci' }),
    scopes: z
      .array(ScopeSchema)
      .min(1)
      .meta({ example: ['dispatch', 'status'] }),
    expiresInDays: z
      .int()
      .min(1)
      .max(LIMITS.apiKeyMaxDays)
      .optional()
      .meta({ description: 'Without it the key does not expire.', example: 90 }),
  })
  .meta({ id: 'CreateApiKey' });
export type CreateApiKey = z.infer<typeof CreateApiKeySchema>;

export const RotateApiKeySchema = z
  .strictObject({
    overlapSeconds: z
      .int()
      .min(0)
      .max(LIMITS.apiKeyOverlapMaxSeconds)
      .default(LIMITS.apiKeyOverlapDefaultSeconds)
      .meta({ description: 'How long the old key still works.' }),
  })
  .meta({ id: 'RotateApiKey' });

export const CreatedApiKeySchema = ApiKeySchema.extend({
  key: z
    .string()
    .regex(API_KEY_PATTERN)
    .meta({
      description: 'Shown this once.',
      example: `otp_${'0123456789abcdef'.repeat(4)}`,
    }),
}).meta({ id: 'CreatedApiKey', description: 'A new key. Its value is shown this once.' });
export type CreatedApiKey = z.infer<typeof CreatedApiKeySchema>;

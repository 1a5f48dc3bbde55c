import { z } from 'zod';
import { hostPatterns } from './host-patterns.js';

/** Where webhooks may lead. */
export const WebhookSettingsSchema = z
  .object({
    OUTPOST_MODE: z.enum(['local', 'aws']).default('local'),
    OUTPOST_PRIVATE_WEBHOOK_HOSTS: hostPatterns.optional(),
  })
  .transform((env) => ({
    privateHosts: env.OUTPOST_PRIVATE_WEBHOOK_HOSTS ?? [],
    allowHttp: env.OUTPOST_MODE === 'local',
  }));

export {
  AwsControlSettingsSchema,
  AwsWorkerSettingsSchema,
  type AwsControlSettings,
  type AwsWorkerSettings,
} from './aws.js';
export { RepositoryLimitsSchema, RepositorySettingsSchema } from './repositories.js';
export { WebhookSettingsSchema } from './webhooks.js';
export { SandboxSettingsSchema, type SandboxSettings } from './sandbox.js';

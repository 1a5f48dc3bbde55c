export {
  AwsControlSettingsSchema,
  AwsWorkerSettingsSchema,
  type AwsControlSettings,
  type AwsWorkerSettings,
} from './aws.js';

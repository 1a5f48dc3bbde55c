export { createAwsClients, type AwsClientOptions, type AwsClients, type AwsService } from './clients.js';
export {
  AwsControlSettingsSchema,
  AwsWorkerSettingsSchema,
  type AwsControlSettings,
  type AwsWorkerSettings,
} from './settings.js';
export { TABLES, type IndexDefinition, type TableDefinition, type TableName } from './tables.js';

export { createAwsApiKeyStore } from './api-key-store.js';
export { createAwsClients, type AwsClientOptions, type AwsClients, type AwsService } from './clients.js';
export {
  createAwsControlPlatform,
  createAwsWorkerPlatform,
  type AwsControlPlatformOptions,
  type AwsWorkerPlatformOptions,
} from './platform.js';
export { createAwsDispatchStore } from './dispatch-store.js';
export { TABLES, type IndexDefinition, type TableDefinition, type TableName } from './tables.js';
export { readTaskArn } from './task-metadata.js';

export { createAwsClients, type AwsClientOptions, type AwsClients, type AwsService } from './clients.js';
export { TABLES, type IndexDefinition, type TableDefinition, type TableName } from './tables.js';

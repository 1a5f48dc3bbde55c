export { createTestClients, TEST_REGION, type AwsEndpoints, type TestClientOptions } from './clients.js';
export { createTables, hasDynamoDb, startDynamoDb, type DynamoDbServer } from './dynamodb.js';
export {
  ServiceFault,
  startJsonService,
  type Caller,
  type JsonService,
  type RecordedCall,
} from './json-service.js';

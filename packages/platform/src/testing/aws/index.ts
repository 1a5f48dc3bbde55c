export { startAwsAccount, type AwsAccount, type AwsAccountOptions } from './account.js';
export { createTestClients, TEST_REGION, type AwsEndpoints, type TestClientOptions } from './clients.js';
export { createTables, hasDynamoDb, startDynamoDb, type DynamoDbServer } from './dynamodb.js';
export { type Container, type ContainerOptions } from './ecs-container.js';
export { FAULT_KINDS, FaultInjector, impatientRetries, type Fault, type FaultKind } from './faults.js';
export {
  ServiceFault,
  startJsonService,
  type Caller,
  type JsonService,
  type RecordedCall,
} from './json-service.js';

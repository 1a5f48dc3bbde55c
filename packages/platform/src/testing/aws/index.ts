export { startAwsAccount, type AwsAccount, type AwsAccountOptions } from './account.js';
export { readAtRest, type StoredContent } from './at-rest.js';
export { createTestClients, TEST_REGION, type AwsEndpoints, type TestClientOptions } from './clients.js';
export { createTables, hasDynamoDb, startDynamoDb, type DynamoDbServer } from './dynamodb.js';
export { startContainer, type Container, type ContainerEnd, type ContainerOptions } from './ecs-container.js';
export { TEST_FILE_SYSTEM_ID } from './efs.js';
export { startMoto, type MotoServer } from './moto.js';
export { FAULT_KINDS, FaultInjector, impatientRetries, type Fault, type FaultKind } from './faults.js';
export {
  ServiceFault,
  startJsonService,
  type Caller,
  type JsonService,
  type RecordedCall,
} from './json-service.js';
export { iamRequestsOf } from './policy-requests.js';
export { type RecordedSdkCall } from './policy-recorder.js';
export { granted, type IamRequest } from './policy.js';
export { TEST_ACCOUNT_ID } from './sts.js';

import { describe } from 'vitest';
import { hasDynamoDb } from '../testing/aws/dynamodb.js';
import { tablesHarness } from '../testing/aws/dynamodb-harness.js';
import {
  describeContextDocumentStoreConformance,
  describeCounterStoreConformance,
  describeDispatchStoreConformance,
  describeLeaseStoreConformance,
  describeOutboxConformance,
  describePromotionStoreConformance,
  describeTenantStoreConformance,
  describeWebhookStoreConformance,
} from '../testing/index.js';
import { createAwsDispatchStore } from './dispatch-store.js';
import { createAwsContextDocumentStore } from './context-document-store.js';
import { createAwsCounterStore } from './counter-store.js';
import { createAwsLeaseStore } from './lease-store.js';
import { createAwsOutbox } from './outbox.js';
import { createAwsPromotionStore } from './promotion-store.js';
import { createAwsTenantStore } from './tenant-store.js';
import { createAwsWebhookStore } from './webhook-store.js';

describe.skipIf(!hasDynamoDb())('on DynamoDB', () => {
  const harness = tablesHarness(({ connect, clock }) => {
    const storeOf = () => createAwsDispatchStore({ dynamodb: connect(), clock });
    return { stores: [storeOf(), storeOf()], outbox: createAwsOutbox({ dynamodb: connect() }) } as const;
  });
  describeDispatchStoreConformance('DynamoDB', harness);
  describeOutboxConformance('DynamoDB', harness);
  describeTenantStoreConformance(
    'DynamoDB',
    tablesHarness(({ connect }) => ({ tenants: createAwsTenantStore({ dynamodb: connect() }) })),
  );
  describeContextDocumentStoreConformance(
    'DynamoDB',
    tablesHarness(({ connect }) => {
      const storeOf = () => createAwsContextDocumentStore({ dynamodb: connect() });
      return { control: storeOf(), worker: storeOf() } as const;
    }),
  );
  describePromotionStoreConformance(
    'DynamoDB',
    tablesHarness(({ connect }) => ({ promotions: createAwsPromotionStore({ dynamodb: connect() }) })),
  );
  describeWebhookStoreConformance(
    'DynamoDB',
    tablesHarness(({ connect }) => {
      const storeOf = () => createAwsWebhookStore({ dynamodb: connect() });
      return { webhooks: [storeOf(), storeOf()] } as const;
    }),
  );
  describeLeaseStoreConformance(
    'DynamoDB',
    tablesHarness(({ connect, clock }) => {
      const storeOf = () => createAwsLeaseStore({ dynamodb: connect(), clock });
      return { leases: [storeOf(), storeOf()], clock } as const;
    }),
  );
  describeCounterStoreConformance(
    'DynamoDB',
    tablesHarness(({ connect }) => {
      const storeOf = () => createAwsCounterStore({ dynamodb: connect() });
      return { counters: [storeOf(), storeOf()] } as const;
    }),
  );
});

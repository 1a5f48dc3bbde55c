import { NodeHttpHandler } from '@smithy/node-http-handler';
import { Agent } from 'node:http';
import { afterAll, describe } from 'vitest';
import { tablesHarness, type TableServer } from '../testing/aws/dynamodb-harness.js';
import { startMoto, type MotoServer } from '../testing/aws/moto.js';
import {
  describeApiKeyStoreConformance,
  describeAuditStoreConformance,
  describeDispatchStoreConformance,
  describeOutboxConformance,
  describeWorkspaceStoreConformance,
} from '../testing/index.js';
import { createAwsApiKeyStore } from './api-key-store.js';
import { createAwsAuditStore } from './audit-store.js';
import { createAwsDispatchStore } from './dispatch-store.js';
import { createAwsOutbox } from './outbox.js';
import { createAwsWorkspaceReports } from './workspace-reports.js';
import { createAwsWorkspaceStore } from './workspace-store.js';

const PATIENCE_MS = 60_000;

/** One server for all: starting it costs more than all that is asked of it. */
const moto = await startMoto();

describe.skipIf(moto === undefined)('moto', () => {
  if (moto === undefined) return;
  afterAll(() => moto.close());
  const start = () => freshly(moto);

  const dispatches = tablesHarness(({ connect, clock }) => {
    const storeOf = () => createAwsDispatchStore({ dynamodb: connect(), clock });
    return { stores: [storeOf(), storeOf()], outbox: createAwsOutbox({ dynamodb: connect() }) } as const;
  }, start);
  describeDispatchStoreConformance('moto', dispatches);
  describeOutboxConformance('moto', dispatches);
  describeApiKeyStoreConformance(
    'moto',
    tablesHarness((tables) => ({ apiKeys: createAwsApiKeyStore(tables) }), start),
  );
  describeWorkspaceStoreConformance(
    'moto',
    tablesHarness(
      ({ dynamodb, connect, clock }) => ({
        workspaces: createAwsWorkspaceStore({ dynamodb }),
        dispatches: createAwsDispatchStore({ dynamodb: connect(), clock }),
        reports: createAwsWorkspaceReports({ dynamodb: connect() }),
      }),
      start,
    ),
  );
  describeAuditStoreConformance(
    'moto',
    tablesHarness(
      ({ dynamodb, connect, clock }) => ({
        control: createAwsAuditStore({ dynamodb, clock }),
        worker: createAwsAuditStore({ dynamodb: connect(), clock }),
        clock,
      }),
      start,
    ),
  );
});

/**
 * Without tables. A transaction of moto sees what others have half done, and takes whole tables back when it fails: so
 * all clients share one connection, for which they wait as long as it takes. What they do in turns still collides.
 */
async function freshly({ url, reset }: MotoServer): Promise<TableServer> {
  await reset();
  const httpAgent = new Agent({ keepAlive: true, maxSockets: 1 });
  const createHandler = () =>
    new NodeHttpHandler({ httpAgent, socketAcquisitionWarningTimeout: PATIENCE_MS });
  return { url, clientOptions: { createHandler }, close: async () => {} };
}

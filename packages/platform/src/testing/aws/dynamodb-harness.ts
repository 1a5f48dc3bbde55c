import type { AwsClients } from '../../aws/clients.js';
import type { Harness } from '../harness.js';
import { createSettableClock, type SettableClock } from '../settable-clock.js';
import { createTestClients, type TestClientOptions } from './clients.js';
import { createTables, hasDynamoDb, startDynamoDb, type DynamoDbServer } from './dynamodb.js';
import { FAULT_KINDS, FaultInjector, impatientRetries, type Fault } from './faults.js';

if (!hasDynamoDb()) console.warn('SKIPPED: there is no DynamoDB-compatible server for this machine');

/** All tables, empty, on a server of their own. */
export interface TestTables {
  readonly dynamodb: AwsClients['dynamodb'];
  readonly clock: SettableClock;
  /** As another process has it. */
  connect(options?: TestClientOptions): AwsClients['dynamodb'];
  /** As another process has it, whose first call meets this fault. */
  connectThrough(fault?: Fault): {
    readonly dynamodb: AwsClients['dynamodb'];
    readonly faults: FaultInjector;
  };
  cleanup(): Promise<void>;
}

/** What hits the first call of a client: each kind once, and each for as long as it is repeated. */
export const FIRST_CALL_FAULTS: readonly Fault[] = FAULT_KINDS.flatMap((kind) =>
  (['once', 'always'] as const).map((lasting) => ({ kind, lasting, callIndex: 0 })),
);

/** A DynamoDB without tables, and how its clients have to be. */
export interface TableServer extends Pick<DynamoDbServer, 'url' | 'close'> {
  readonly clientOptions?: TestClientOptions;
}

type Start = () => Promise<TableServer>;

export async function startTestTables(start: Start = startDynamoDb): Promise<TestTables> {
  const server = await start();
  const opened: AwsClients[] = [];
  const connect: TestTables['connect'] = (options) => {
    const clients = createTestClients({ dynamodb: server.url }, { ...server.clientOptions, ...options });
    opened.push(clients);
    return clients.dynamodb;
  };
  const dynamodb = connect();
  await createTables(dynamodb);
  return {
    dynamodb,
    clock: createSettableClock(),
    connect,
    connectThrough(fault) {
      const faults = new FaultInjector(fault);
      faults.arm();
      const { createHandler } = faults;
      return { dynamodb: connect({ createHandler, retryStrategy: impatientRetries() }), faults };
    },
    async cleanup() {
      for (const clients of opened) clients.destroy();
      await server.close();
    },
  };
}

/** Stores on tables of their own, for each test of a conformance suite. */
export function tablesHarness<Subject>(
  subjectOn: (tables: TestTables) => Subject,
  start?: Start,
): Harness<Subject> {
  return {
    async create() {
      const tables = await startTestTables(start);
      return { ...subjectOn(tables), cleanup: tables.cleanup };
    },
  };
}

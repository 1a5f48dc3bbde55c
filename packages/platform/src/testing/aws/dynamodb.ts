import {
  CreateTableCommand,
  UpdateTimeToLiveCommand,
  type CreateTableCommandInput,
  type DynamoDBClient,
} from '@aws-sdk/client-dynamodb';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { createInterface } from 'node:readline';
import { createRequire } from 'node:module';
import { TABLES, type TableDefinition } from '../../aws/tables.js';
import { closeServer, listen } from './json-service.js';

const BINARY = '@dynoxide/linux-x64/dynoxide';
const MAX_PORTS_TRIED = 5;

export interface DynamoDbServer {
  readonly url: string;
  readonly pid: number;
  close(): Promise<void>;
  /** As a power cut does: what was acknowledged must still be in `file`. */
  kill(): Promise<void>;
  /** Starts it again, at the same address and on the same `file`, once it was killed. */
  revive(): Promise<void>;
}

/** Whether this machine has a DynamoDB-compatible server; where it has none, tests that need it are skipped aloud. */
export function hasDynamoDb(): boolean {
  return findBinary() !== undefined;
}

/** Starts a DynamoDB-compatible server on a free port of loopback: in memory, or on an SQLite `file` that lasts. */
export async function startDynamoDb({ file }: { readonly file?: string } = {}): Promise<DynamoDbServer> {
  for (let tried = 0; tried < MAX_PORTS_TRIED; tried += 1) {
    const port = await freePort();
    const child = spawnServer(port, file);
    if (await isListening(child)) return serverOf(child, port, file);
  }
  throw new Error(`No DynamoDB-compatible server could be started on ${MAX_PORTS_TRIED} free ports.`);
}

/** Creates every table of the product. */
export async function createTables(dynamodb: Pick<DynamoDBClient, 'send'>): Promise<void> {
  await Promise.all(
    Object.values<TableDefinition>(TABLES).map(async (table) => {
      await dynamodb.send(new CreateTableCommand(tableInput(table)));
      if (table.timeToLive === undefined) return;
      const specification = { AttributeName: table.timeToLive, Enabled: true };
      await dynamodb.send(
        new UpdateTimeToLiveCommand({ TableName: table.name, TimeToLiveSpecification: specification }),
      );
    }),
  );
}

function tableInput(table: TableDefinition): CreateTableCommandInput {
  const keyed = [table, ...table.indexes];
  const attributes = new Set(
    keyed.flatMap(({ partitionKey, sortKey = partitionKey }) => [partitionKey, sortKey]),
  );
  const indexes = table.indexes.map((index) => ({
    IndexName: index.name,
    KeySchema: keySchema(index),
    Projection: { ProjectionType: 'ALL' as const },
  }));
  return {
    TableName: table.name,
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: [...attributes].map((name) => ({ AttributeName: name, AttributeType: 'S' })),
    KeySchema: keySchema(table),
    ...(indexes.length > 0 && { GlobalSecondaryIndexes: indexes }),
  };
}

function keySchema({
  partitionKey,
  sortKey,
}: Pick<TableDefinition, 'partitionKey' | 'sortKey'>): NonNullable<CreateTableCommandInput['KeySchema']> {
  return [
    { AttributeName: partitionKey, KeyType: 'HASH' },
    ...(sortKey === undefined ? [] : [{ AttributeName: sortKey, KeyType: 'RANGE' as const }]),
  ];
}

function findBinary(): string | undefined {
  try {
    return createRequire(import.meta.url).resolve(BINARY);
  } catch {
    return undefined;
  }
}

function spawnServer(port: number, file: string | undefined): ChildProcess {
  const binary = findBinary();
  if (binary === undefined) throw new Error(`${BINARY} is not installed: it is there for Linux on x64 only.`);
  const args = ['--port', String(port), ...(file === undefined ? [] : ['--db-path', file])];
  return spawn(binary, args, { env: {}, stdio: ['ignore', 'ignore', 'pipe'] });
}

/** It says that it listens once it does; it ends when the port was taken meanwhile. */
async function isListening(child: ChildProcess): Promise<boolean> {
  child.on('error', () => {});
  const { stderr } = child;
  if (stderr === null) return false;
  const lines = createInterface({ input: stderr });
  const [line] = await Promise.race([
    once(lines, 'line') as Promise<[string]>,
    once(lines, 'close').then(() => [undefined]),
  ]);
  stderr.resume();
  return line?.includes('listening') ?? false;
}

function serverOf(first: ChildProcess, port: number, file: string | undefined): DynamoDbServer {
  let child = first;
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill(signal);
    await ended;
  };
  return {
    url: `http://127.0.0.1:${port}`,
    get pid() {
      if (child.pid === undefined) throw new Error('The DynamoDB-compatible server has no pid.');
      return child.pid;
    },
    close: () => end('SIGTERM'),
    kill: () => end('SIGKILL'),
    async revive() {
      child = spawnServer(port, file);
      if (!(await isListening(child))) throw new Error(`Port ${port} was taken meanwhile.`);
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer();
  const url = await listen(server);
  await closeServer(server);
  return Number(new URL(url).port);
}

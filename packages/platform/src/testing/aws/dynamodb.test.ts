import { ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { TABLES } from '../../aws/index.js';
import { createTestClients } from './clients.js';
import { createTables, startDynamoDb } from './dynamodb.js';

it('starts on a port of its own, with all tables', async () => {
  const servers = await Promise.all([startDynamoDb(), startDynamoDb(), startDynamoDb()]);
  onTestFinished(async () => {
    await Promise.all(servers.map((server) => server.close()));
  });
  for (const { url } of servers) {
    const clients = createTestClients({ dynamodb: url });
    onTestFinished(() => clients.destroy());
    await createTables(clients.dynamodb);
    const { TableNames = [] } = await clients.dynamodb.send(new ListTablesCommand());
    expect(TableNames.toSorted()).toEqual(
      Object.values(TABLES)
        .map(({ name }) => name)
        .toSorted(),
    );
  }
});

it('keeps what it acknowledged when it is killed, and is revived at the same address', async () => {
  const server = await startDynamoDb({ file: join(mkdtempSync(join(tmpdir(), 'outpost-')), 'tables.db') });
  const clients = createTestClients({ dynamodb: server.url });
  onTestFinished(async () => {
    clients.destroy();
    await server.close();
  });
  await createTables(clients.dynamodb);
  const TableName = TABLES.control.name;
  const Key = { pk: 'a', sk: 'b' };
  await clients.dynamodb.send(new PutCommand({ TableName, Item: { ...Key, kept: true } }));
  await server.kill();
  await server.revive();
  expect((await clients.dynamodb.send(new GetCommand({ TableName, Key }))).Item).toMatchObject({
    kept: true,
  });
});

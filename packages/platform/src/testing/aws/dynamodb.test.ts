import { ListTablesCommand } from '@aws-sdk/client-dynamodb';
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

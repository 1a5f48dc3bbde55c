import { GetCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { describe, expect, it, onTestFinished } from 'vitest';
import { hasDynamoDb } from '../testing/aws/dynamodb.js';
import { FIRST_CALL_FAULTS, startTestTables, tablesHarness } from '../testing/aws/dynamodb-harness.js';
import { describeApiKeyStoreConformance, storedApiKey, TEST_EPOCH_MS } from '../testing/index.js';
import { createAwsApiKeyStore } from './api-key-store.js';

const NOW = TEST_EPOCH_MS / 1_000;

const start = async () => {
  const tables = await startTestTables();
  onTestFinished(tables.cleanup);
  return { ...tables, apiKeys: createAwsApiKeyStore(tables) };
};

describe.skipIf(!hasDynamoDb())('on DynamoDB', () => {
  describeApiKeyStoreConformance(
    'DynamoDB',
    tablesHarness((tables) => ({ apiKeys: createAwsApiKeyStore(tables) })),
  );

  it('makes one key of a hash that instances bring at once', async () => {
    const { connect, clock } = await start();
    const { keyHash } = storedApiKey();
    const instances = Array.from({ length: 4 }, () => createAwsApiKeyStore({ dynamodb: connect(), clock }));
    const created = await Promise.all(instances.map((each) => each.create(storedApiKey({ keyHash }))));
    expect(created.filter((isCreated) => isCreated)).toHaveLength(1);
  });

  describe.each(FIRST_CALL_FAULTS)('when DynamoDB is $kind, $lasting', (fault) => {
    const OUTAGE = { code: 'SERVICE_UNAVAILABLE', retryAfterSeconds: expect.any(Number) };

    it('makes a key once', async () => {
      const { apiKeys, connectThrough, clock } = await start();
      const { dynamodb, faults } = connectThrough(fault);
      const key = storedApiKey();
      const created = createAwsApiKeyStore({ dynamodb, clock }).create(key);
      if (fault.lasting === 'once') expect(await created).toBe(true);
      else await expect(created).rejects.toMatchObject(OUTAGE);
      expect(faults.hit).toBe('DynamoDB.TransactWriteItems');
      const tookEffect = fault.lasting === 'once' || fault.kind.endsWith('-after');
      expect(await apiKeys.list(key)).toEqual(tookEffect ? [key] : []);
      expect(await apiKeys.findByHash(key)).toEqual(tookEffect ? key : undefined);
    });

    it('revokes a key', async () => {
      const { apiKeys, connectThrough, clock } = await start();
      const key = storedApiKey();
      await apiKeys.create(key);
      const { dynamodb, faults } = connectThrough(fault);
      const other = createAwsApiKeyStore({ dynamodb, clock });
      if (fault.lasting === 'always') await expect(other.revoke(key)).rejects.toMatchObject(OUTAGE);
      expect(await other.revoke(key)).toEqual({ ...key, status: 'revoked' });
      expect(faults.hit).toBe('DynamoDB.UpdateItem');
    });
  });

  it('finds a key that the index does not have yet', async () => {
    const { dynamodb, apiKeys } = await start();
    const key = storedApiKey();
    await apiKeys.create(key);
    // An item without the attribute is not in its index.
    const { apiKeyId } = key;
    const UpdateExpression = 'REMOVE keyHash';
    await dynamodb.send(
      new UpdateCommand({ TableName: 'outpost-api-keys', Key: { apiKeyId }, UpdateExpression }),
    );
    expect(await apiKeys.findByHash(key)).toMatchObject({ apiKeyId });
  });

  it('lists all keys, however many pages they take, oldest first', async () => {
    const { apiKeys } = await start();
    const name = 'x'.repeat(300_000);
    const keys = [3, 1, 5, 2, 4].map((day) =>
      storedApiKey({ name, createdAt: `2026-11-0${day}T00:00:00.000Z` }),
    );
    for (const key of keys) await apiKeys.create(key);
    const listed = await apiKeys.list({ tenantId: 'acme' });
    expect(listed.map(({ createdAt }) => createdAt.slice(8, 10))).toEqual(['01', '02', '03', '04', '05']);
    expect(new Set(listed.map(({ apiKeyId }) => apiKeyId)).size).toBe(5);
  });

  it('knows no key whose time is over, though it is still there', async () => {
    const { dynamodb, apiKeys, clock } = await start();
    const key = storedApiKey();
    await apiKeys.create(key);
    const { apiKeyId } = key;
    await dynamodb.send(
      new UpdateCommand({
        TableName: 'outpost-api-keys',
        Key: { apiKeyId },
        UpdateExpression: 'SET #ttl = :ttl',
        ExpressionAttributeNames: { '#ttl': 'ttl' },
        ExpressionAttributeValues: { ':ttl': NOW },
      }),
    );
    clock.set(TEST_EPOCH_MS - 1);
    expect(await apiKeys.findByHash(key)).toEqual(key);
    expect(await apiKeys.list(key)).toEqual([key]);
    clock.set(TEST_EPOCH_MS);
    expect(await apiKeys.findByHash(key)).toBeUndefined();
    expect(await apiKeys.list(key)).toEqual([]);
    expect(await apiKeys.revoke(key)).toBeUndefined();
  });

  it('keeps nothing of a key that it refused', async () => {
    const { dynamodb, apiKeys } = await start();
    const key = storedApiKey();
    await apiKeys.create(key);
    const sameId = storedApiKey({ apiKeyId: key.apiKeyId });
    expect(await apiKeys.create(sameId)).toBe(false);
    const guard = { pk: `#api-key#${sameId.keyHash}`, sk: 'api-key' };
    const { Item } = await dynamodb.send(new GetCommand({ TableName: 'outpost-control', Key: guard }));
    expect(Item).toBeUndefined();
  });
});

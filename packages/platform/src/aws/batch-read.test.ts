import { BatchGetCommand, PutCommand, type BatchGetCommandInput } from '@aws-sdk/lib-dynamodb';
import { describe, expect, it, onTestFinished } from 'vitest';
import { hasDynamoDb } from '../testing/aws/dynamodb.js';
import { startTestTables } from '../testing/aws/dynamodb-harness.js';
import { readControlRows } from './batch-read.js';

const TABLE = 'outpost-control';
const keys = ['a', 'b', 'c', 'd', 'e'].map((sk) => ({ pk: 'acme#slots', sk }));

/** A client whose DynamoDB has throughput for `processed` keys of each request. */
const start = async ({ processed }: { processed: number }) => {
  const tables = await startTestTables();
  onTestFinished(tables.cleanup);
  for (const key of keys.slice(0, 4))
    await tables.dynamodb.send(new PutCommand({ TableName: TABLE, Item: { ...key, held: 1 } }));
  const pauses: number[] = [];
  const backoff = {
    pause: async (durationMs: number) => pauses.push(durationMs),
    random: () => 1,
  };
  const send = async ({ input }: BatchGetCommand) => {
    const { Keys = [], ...rest } = (input.RequestItems as NonNullable<BatchGetCommandInput['RequestItems']>)[
      TABLE
    ]!;
    const [now, later] = [Keys.slice(0, processed), Keys.slice(processed)];
    const { Responses = {} } =
      now.length === 0
        ? {}
        : await tables.dynamodb.send(
            new BatchGetCommand({ RequestItems: { [TABLE]: { ...rest, Keys: now } } }),
          );
    return { Responses, UnprocessedKeys: later.length === 0 ? {} : { [TABLE]: { ...rest, Keys: later } } };
  };
  const dynamodb = { send } as unknown as typeof tables.dynamodb;
  return { context: { dynamodb, backoff }, pauses };
};

describe.skipIf(!hasDynamoDb())('readControlRows', () => {
  it('asks again, after a pause, for the rows that DynamoDB did not come to', async () => {
    const { context, pauses } = await start({ processed: 2 });
    const rows = await readControlRows(context, keys);
    expect(rows.map(({ sk }) => sk).toSorted()).toEqual(['a', 'b', 'c', 'd']);
    expect(pauses).toEqual([25, 50]);
  });

  it('rejects when DynamoDB never comes to them', async () => {
    const { context } = await start({ processed: 0 });
    await expect(readControlRows(context, keys)).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
  });
});

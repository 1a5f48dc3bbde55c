import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { CostEvent } from '@outpost/contracts';
import { describe, expect, it, onTestFinished } from 'vitest';
import { hasDynamoDb } from '../testing/aws/dynamodb.js';
import { recordCalls } from '../testing/aws/dynamodb-calls.js';
import { startTestTables } from '../testing/aws/dynamodb-harness.js';
import { running } from '../testing/dispatch-store-subject.js';
import { costEvent, ending, TEST_EPOCH_MS } from '../testing/index.js';
import { createAwsDispatchStore } from './dispatch-store.js';
import { createAwsOutbox } from './outbox.js';

const start = async () => {
  const tables = await startTestTables();
  onTestFinished(tables.cleanup);
  const dispatches = createAwsDispatchStore(tables);
  const end = async (tenantId: string, offsetMs: number): Promise<CostEvent> => {
    const record = await running(dispatches, { tenantId });
    const occurredAt = new Date(TEST_EPOCH_MS + offsetMs).toISOString();
    const event = { ...costEvent(record), occurredAt };
    await dispatches.move({ ...record, move: ending('COMPLETED'), event });
    return event;
  };
  return { ...tables, end, outbox: createAwsOutbox(tables) };
};

describe.skipIf(!hasDynamoDb())('the outbox in DynamoDB', () => {
  it('has the events of all tenants in the order in which they occurred, then of their ids', async () => {
    const { end, outbox } = await start();
    const [second, fourth] = [await end('zeta', 5), await end('acme', 9)];
    const [third, first] = [await end('acme', 5), await end('globex', 1)];
    expect(await outbox.pending({ limit: 9 })).toEqual([first, second, third, fourth]);
    const before = fourth.occurredAt;
    expect(await outbox.pending({ limit: 9, before })).toEqual([first, second, third]);
    expect(await outbox.pending({ limit: 9, before: third.occurredAt })).toEqual([first]);
    expect(await outbox.pending({ limit: 2, before })).toEqual([first, second]);
  });

  it('is found through an index that holds what is pending and no more', async () => {
    const { connect, end } = await start();
    const dynamodb = connect();
    const calls = recordCalls(dynamodb);
    const outbox = createAwsOutbox({ dynamodb });
    const event = await end('acme', 0);
    await outbox.markDelivered(event);
    expect(await outbox.pending({ limit: 9 })).toEqual([]);
    expect(calls.map(({ operation }) => operation)).toEqual(['DeleteItem', 'Query']);
  });

  it("lets go of a tenant's own event only", async () => {
    const { end, outbox } = await start();
    const event = await end('acme', 0);
    await outbox.markDelivered({ ...event, tenantId: 'globex' });
    expect(await outbox.pending({ limit: 9 })).toEqual([event]);
  });

  it('goes on where an answer was full', async () => {
    const { dynamodb, end, outbox } = await start();
    const events = [await end('acme', 0), await end('acme', 1), await end('acme', 2)];
    for (const { tenantId, eventId } of events) {
      const Key = { pk: `${tenantId}#outbox`, sk: eventId };
      const ExpressionAttributeValues = { ':ballast': 'x'.repeat(380_000) };
      const UpdateExpression = 'SET ballast = :ballast';
      await dynamodb.send(
        new UpdateCommand({ TableName: 'outpost-control', Key, UpdateExpression, ExpressionAttributeValues }),
      );
    }
    expect(await outbox.pending({ limit: 9 })).toEqual(events);
  });
});

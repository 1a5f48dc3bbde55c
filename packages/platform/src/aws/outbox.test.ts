import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { CostEvent } from '@outpost/contracts';
import { describe, expect, it, onTestFinished } from 'vitest';
import { PUBLISH_GRACE_MS } from '../ports/index.js';
import { hasDynamoDb } from '../testing/aws/dynamodb.js';
import { recordCalls } from '../testing/aws/dynamodb-calls.js';
import { startTestTables } from '../testing/aws/dynamodb-harness.js';
import { running } from '../testing/dispatch-store-subject.js';
import { costEvent, costsIn, ending, eventsIn, TEST_EPOCH_MS } from '../testing/index.js';
import { createAwsDispatchStore } from './dispatch-store.js';
import { createAwsOutbox } from './outbox.js';

const after = (offsetMs: number): string =>
  new Date(TEST_EPOCH_MS + PUBLISH_GRACE_MS + offsetMs).toISOString();

const start = async () => {
  const tables = await startTestTables();
  onTestFinished(tables.cleanup);
  const dispatches = createAwsDispatchStore(tables);
  const outbox = createAwsOutbox(tables);
  /** Only its cost event is left. */
  const end = async (tenantId: string, offsetMs: number): Promise<CostEvent> => {
    const record = await running(dispatches, { tenantId });
    const occurredAt = new Date(TEST_EPOCH_MS + offsetMs).toISOString();
    const event = { ...costEvent(record), occurredAt };
    await dispatches.move({ ...record, move: ending('COMPLETED'), event });
    for (const other of await eventsIn(outbox))
      if (other.type !== 'dispatch.cost') await outbox.remove(other);
    return event;
  };
  return { ...tables, end, outbox };
};

describe.skipIf(!hasDynamoDb())('the outbox in DynamoDB', () => {
  it('has the events of all tenants in the order in which they are due, then of their ids', async () => {
    const { end, outbox } = await start();
    const [second, fourth] = [await end('zeta', 5), await end('acme', 9)];
    const [third, first] = [await end('acme', 5), await end('globex', 1)];
    const due = async (now: string, limit: number) =>
      (await outbox.due({ now, limit })).map(({ event }) => event);
    expect(await due(after(9), 9)).toEqual([first, second, third, fourth]);
    expect(await due(after(8), 9)).toEqual([first, second, third]);
    expect(await due(after(4), 9)).toEqual([first]);
    expect(await due(after(8), 2)).toEqual([first, second]);
  });

  it('is found through an index that holds what is to be handed on and no more', async () => {
    const { connect, end } = await start();
    const dynamodb = connect();
    const calls = recordCalls(dynamodb);
    const outbox = createAwsOutbox({ dynamodb });
    const event = await end('acme', 0);
    await outbox.markPublished(event);
    await outbox.remove(event);
    expect(await eventsIn(outbox)).toEqual([]);
    expect(calls.map(({ operation }) => operation)).toEqual(['UpdateItem', 'DeleteItem', 'Query']);
  });

  it("lets go of a tenant's own event only", async () => {
    const { end, outbox } = await start();
    const event = await end('acme', 0);
    await outbox.remove({ ...event, tenantId: 'globex' });
    expect(await eventsIn(outbox)).toEqual([event]);
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
    expect(await costsIn(outbox)).toEqual(events);
  });
});

import { describe, expect, it, onTestFinished } from 'vitest';
import { hasDynamoDb } from '../testing/aws/dynamodb.js';
import { recordCalls, type DynamoDbCall } from '../testing/aws/dynamodb-calls.js';
import { startTestTables } from '../testing/aws/dynamodb-harness.js';
import { created, moved } from '../testing/dispatch-store-subject.js';
import { AMPLE, CLAIMED, costEvent, creation, ending, idempotency, TEST_AT } from '../testing/index.js';
import { createAwsDispatchStore } from './dispatch-store.js';

const start = async () => {
  const tables = await startTestTables();
  onTestFinished(tables.cleanup);
  const calls = recordCalls(tables.dynamodb);
  const dispatches = createAwsDispatchStore(tables);
  const worker = createAwsDispatchStore(tables);
  const spec = { repo: 'octocat/hello-world', branch: 'main', task: 'x'.repeat(1_000) };
  return { calls, dispatches, worker, spec };
};

const operationsOf = (calls: readonly DynamoDbCall[]) => calls.map(({ operation }) => operation);
const unitsOf = (calls: readonly DynamoDbCall[]) => calls.map(({ capacityUnits }) => capacityUnits);

describe.skipIf(!hasDynamoDb())('what a dispatch asks of DynamoDB', () => {
  it('is six requests from creation to end, of which the control plane makes two, with all events', async () => {
    const { calls, dispatches, worker, spec } = await start();
    const { tenantId, dispatchId } = await created(
      dispatches.create(creation(spec, { idempotency: idempotency('k') })),
    );
    const key = { tenantId, dispatchId };
    await dispatches.annotate({ ...key, during: ['PENDING'], set: { taskArn: CLAIMED.taskArn } });
    await moved(worker.move({ ...key, move: CLAIMED }));
    const record = await moved(
      worker.annotate({ ...key, during: ['RUNNING'], set: { heartbeatAt: TEST_AT, stage: 'run' } }),
    );
    await moved(worker.move({ ...key, move: ending('COMPLETED'), event: costEvent(record) }));
    expect(operationsOf(calls)).toEqual([
      'TransactWriteItems',
      'UpdateItem',
      'GetItem',
      'TransactWriteItems',
      'UpdateItem',
      'TransactWriteItems',
    ]);
    // An item is paid for by the kilobyte: twice in a transaction, once more in its
    // index, twice when its status changes, and once more in the index of what has ended. An event is an item.
    expect(unitsOf(calls)).toEqual([17, 4, 1, 11, 4, 20]);
  });

  it('is three requests more where there is no room yet', async () => {
    const { calls, dispatches, spec } = await start();
    const limits = { ...AMPLE, perAgent: 1 };
    const holder = await created(dispatches.create(creation(spec, { limits })));
    calls.length = 0;
    const waiting = await created(dispatches.create(creation(spec, { limits })));
    expect(operationsOf(calls)).toEqual(['TransactWriteItems', 'TransactWriteItems']);
    await moved(dispatches.move({ ...holder, move: ending('CANCELLED') }));
    calls.length = 0;
    expect(await dispatches.admit({ ...waiting, at: TEST_AT, limits })).toMatchObject({ outcome: 'moved' });
    expect(operationsOf(calls)).toEqual(['GetItem', 'TransactWriteItems']);
  });

  it('fits into one item, however much there is to say of it', async () => {
    const { dispatches } = await start();
    const task = '\u{10FFFF}'.repeat(25_000);
    const tags = Object.fromEntries(
      Array.from({ length: 20 }, (_, index) => [`${index}`.padEnd(128, 'x'), '\u{FFFF}'.repeat(256)]),
    );
    const record = await created(dispatches.create(creation({ task, tags })));
    const outcome = { output: '\u{FFFF}'.repeat(8_000), errorMessage: '\u{FFFF}'.repeat(8_000) };
    await moved(dispatches.move({ ...record, move: CLAIMED }));
    const ended = await moved(dispatches.move({ ...record, move: ending('FAILED', outcome) }));
    expect(await dispatches.get(record)).toEqual(ended);
  });
});

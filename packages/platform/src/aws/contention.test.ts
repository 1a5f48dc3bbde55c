import { TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import { describe, expect, it, onTestFinished } from 'vitest';
import { hasDynamoDb } from '../testing/aws/dynamodb.js';
import { startTestTables } from '../testing/aws/dynamodb-harness.js';
import { RowLocks } from '../testing/aws/row-locks.js';
import { created, running, storeFor } from '../testing/dispatch-store-subject.js';
import { atOnce } from '../testing/harness.js';
import { costEvent, costsIn, creation, ending, type DispatchStoreSubject } from '../testing/index.js';
import { untilUncontended, type Backoff } from './contention.js';
import { createAwsDispatchStore } from './dispatch-store.js';
import { createAwsOutbox } from './outbox.js';

const start = async () => {
  const tables = await startTestTables();
  onTestFinished(tables.cleanup);
  const locks = new RowLocks();
  const tokens: unknown[] = [];
  const connect = (backoff?: Backoff) => {
    const dynamodb = tables.connect(locks);
    dynamodb.middlewareStack.add(
      (next) => (args) => {
        if ('ClientRequestToken' in args.input) tokens.push(args.input.ClientRequestToken);
        return next(args);
      },
      { step: 'initialize' },
    );
    const options = { dynamodb, ...(backoff !== undefined && { backoff }) };
    return {
      dispatches: createAwsDispatchStore({ ...options, clock: tables.clock }),
      outbox: createAwsOutbox(options),
    };
  };
  return { locks, tokens, connect };
};

/** Nothing waits; what was waited for. */
const recordingBackoff = (random: () => number, onPause: () => void = () => {}) => {
  const pauses: number[] = [];
  const pause = async (durationMs: number): Promise<void> => {
    pauses.push(durationMs);
    onPause();
  };
  return { pauses, backoff: { pause, random } };
};

describe.skipIf(!hasDynamoDb())('rows of DynamoDB that many write at once', { timeout: 60_000 }, () => {
  it('let fifty creations of two instances through, each with its slot', async () => {
    const { locks, connect } = await start();
    const stores = [connect().dispatches, connect().dispatches] as const;
    const records = await atOnce(50, (index) => created(storeFor(stores, index).create(creation())));
    expect(records.map(({ status }) => status)).toEqual(Array.from({ length: 50 }, () => 'PENDING'));
    expect(await stores[0].slotUsage({ tenantIds: ['acme'] })).toMatchObject({
      byAgent: { claude: 50 },
      byTenant: { acme: 50 },
    });
    expect(locks.conflicts).toBeGreaterThan(50);
  });

  it('let fifty ends of two instances through, each with its event', async () => {
    const { locks, connect } = await start();
    const { dispatches, outbox } = connect();
    const stores: DispatchStoreSubject['stores'] = [dispatches, connect().dispatches];
    const records = await atOnce(50, () => running(dispatches));
    const before = locks.conflicts;
    await atOnce(50, (index) => {
      const record = records[index]!;
      return storeFor(stores, index).move({ ...record, move: ending('COMPLETED'), event: costEvent(record) });
    });
    expect(locks.conflicts - before).toBeGreaterThan(50);
    const { byAgent, byTenant } = await dispatches.slotUsage({ tenantIds: ['acme'] });
    expect({ byAgent, byTenant }).toEqual({ byAgent: {}, byTenant: {} });
    expect(await costsIn(outbox)).toHaveLength(50);
  });

  it('are tried again after pauses that double up to a bound, and then are an outage', async () => {
    const { locks, connect, tokens } = await start();
    const { pauses, backoff } = recordingBackoff(() => 0.5);
    locks.take(['["outpost-control",[{"S":"#agent#claude"},{"S":"slots"}]]']);
    await expect(connect(backoff).dispatches.create(creation())).rejects.toMatchObject({
      code: 'SERVICE_UNAVAILABLE',
      retryAfterSeconds: 3,
    });
    expect(pauses.slice(0, 7)).toEqual([12.5, 25, 50, 100, 200, 400, 600]);
    expect(pauses.slice(7)).toEqual(Array.from({ length: pauses.length - 7 }, () => 600));
    expect(locks.conflicts).toBe(pauses.length + 1);
    expect(tokens).toHaveLength(locks.conflicts);
    expect([...new Set(tokens)]).toEqual([expect.stringMatching(/^[0-9a-f-]{36}$/)]);
  });

  it('are waited for also by a write that is no transaction', async () => {
    const { locks, connect } = await start();
    const record = await created(connect().dispatches.create(creation()));
    const { tenantId, dispatchId } = record;
    const row = `["outpost-jobs",[{"S":"${tenantId}"},{"S":"${dispatchId}"}]]`;
    const eventRow = `["outpost-control",[{"S":"${tenantId}#outbox"},{"S":"${dispatchId}"}]]`;
    const { pauses, backoff } = recordingBackoff(Math.random, () => locks.letGo([row, eventRow]));
    const { dispatches, outbox } = connect(backoff);
    locks.take([row]);
    const params = { tenantId, dispatchId, during: ['PENDING'], set: { stage: 'run' } } as const;
    expect(await dispatches.annotate(params)).toEqual({
      outcome: 'moved',
      record: { ...record, stage: 'run' },
    });
    await dispatches.move({ ...record, move: ending('CANCELLED'), event: costEvent(record) });
    locks.take([eventRow]);
    await outbox.remove({ tenantId, eventId: dispatchId });
    expect(await costsIn(outbox)).toEqual([]);
    expect(pauses).toHaveLength(2);
  });
});

describe('untilUncontended', () => {
  const failingOnce = (codes: readonly string[]) => {
    const CancellationReasons = codes.map((Code) => ({ Code }));
    const error = new TransactionCanceledException({ message: '', $metadata: {}, CancellationReasons });
    let calls = 0;
    return {
      error,
      write: async () => {
        calls += 1;
        if (calls === 1) throw error;
        return calls;
      },
    };
  };

  it.each(['TransactionConflict', 'ThrottlingError', 'ProvisionedThroughputExceeded'])(
    'repeats a transaction that was cancelled for %s',
    async (code) => {
      const { backoff, pauses } = recordingBackoff(() => 1);
      expect(await untilUncontended(backoff, failingOnce(['None', code]).write)).toBe(2);
      expect(pauses).toEqual([25]);
    },
  );

  it.each([
    ['ConditionalCheckFailed', 'TransactionConflict'],
    ['ValidationError'],
    ['ItemCollectionSizeLimitExceeded'],
  ])('does not repeat what would be cancelled again: %s', async (...codes) => {
    const { backoff, pauses } = recordingBackoff(() => 1);
    const { write, error } = failingOnce(codes);
    await expect(untilUncontended(backoff, write)).rejects.toBe(error);
    expect(pauses).toEqual([]);
  });
});

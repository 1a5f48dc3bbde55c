import { randomUUID } from 'node:crypto';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { DispatchStore } from '../ports/index.js';
import { hasDynamoDb } from '../testing/aws/dynamodb.js';
import { startTestTables } from '../testing/aws/dynamodb-harness.js';
import { FAULT_KINDS, FaultInjector, impatientRetries, type Fault } from '../testing/aws/faults.js';
import { created, moved } from '../testing/dispatch-store-subject.js';
import {
  AMPLE,
  CLAIMED,
  costEvent,
  costsIn,
  creation,
  ending,
  idempotency,
  TEST_AT,
} from '../testing/index.js';
import { createAwsDispatchStore } from './dispatch-store.js';
import { createAwsOutbox } from './outbox.js';

const OUTAGE = { code: 'SERVICE_UNAVAILABLE', retryAfterSeconds: expect.any(Number) };

const start = async () => {
  const tables = await startTestTables();
  onTestFinished(tables.cleanup);
  const { clock } = tables;
  const faulty = (fault: Omit<Fault, 'callIndex'>, forget?: 'token') => {
    const faults = new FaultInjector({ ...fault, callIndex: 0 });
    faults.arm();
    const createHandler = forget === undefined ? faults.createHandler : forgetfully(faults);
    const dynamodb = tables.connect({ createHandler, retryStrategy: impatientRetries() });
    return { faults, dispatches: createAwsDispatchStore({ dynamodb, clock }) };
  };
  const { dynamodb } = tables;
  return {
    ...tables,
    faulty,
    dispatches: createAwsDispatchStore({ dynamodb, clock }),
    outbox: createAwsOutbox({ dynamodb }),
  };
};

/** As DynamoDB is when a repeat comes ten minutes late: it has forgotten the token of the transaction. */
function forgetfully(faults: FaultInjector): FaultInjector['createHandler'] {
  return (options) => {
    const handler = faults.createHandler(options);
    const handle = handler.handle.bind(handler);
    handler.handle = (request, rest) => {
      const text = new TextDecoder().decode(request.body as Uint8Array);
      const token = `"ClientRequestToken":"${randomUUID()}"`;
      const body = text.replace(/"ClientRequestToken":"[^"]{36}"/, token);
      return handle(Object.assign(request.clone(), { body: Buffer.from(body) }), rest);
    };
    return handler;
  };
}

const usage = async (dispatches: DispatchStore) => {
  const { byAgent, byTenant } = await dispatches.slotUsage({ tenantIds: ['acme'] });
  return { byAgent, byTenant };
};
const ONE_SLOT = { byAgent: { claude: 1 }, byTenant: { acme: 1 } };
const NO_SLOT = { byAgent: {}, byTenant: {} };

/** What a call answers, and how things stand after it. */
interface Effect {
  readonly outcome: string;
  readonly slots: object;
  readonly queued: object;
  readonly status: string | undefined;
}

interface Call {
  readonly operation: 'TransactWriteItems' | 'UpdateItem';
  prepare(dispatches: DispatchStore): Promise<{ tenantId: string; dispatchId: string }>;
  run(dispatches: DispatchStore, key: { tenantId: string; dispatchId: string }): Promise<{ outcome: string }>;
  readonly done: Effect;
  readonly undone: Omit<Effect, 'outcome'>;
}

const NO_ROOM = { perAgent: 0, perTenant: 9 };
const queuedHere = (dispatches: DispatchStore) =>
  created(dispatches.create(creation({}, { limits: NO_ROOM })));
const pendingHere = (dispatches: DispatchStore) => created(dispatches.create(creation()));
const params = creation({}, { idempotency: idempotency('k') });

const RELAUNCH = { to: 'PENDING', pendingAt: TEST_AT, attempt: 2, attempts: [], tier: 'fast' } as const;

const CALLS: Readonly<Record<string, Call>> = {
  'a creation': {
    operation: 'TransactWriteItems',
    prepare: async () => params.spec,
    run: (dispatches) => dispatches.create(params),
    done: { outcome: 'created', slots: ONE_SLOT, queued: {}, status: 'PENDING' },
    undone: { slots: NO_SLOT, queued: {}, status: undefined },
  },
  'a claim': {
    operation: 'TransactWriteItems',
    prepare: pendingHere,
    run: (dispatches, key) => dispatches.move({ ...key, move: CLAIMED }),
    done: { outcome: 'moved', slots: ONE_SLOT, queued: {}, status: 'RUNNING' },
    undone: { slots: ONE_SLOT, queued: {}, status: 'PENDING' },
  },
  'a relaunch': {
    operation: 'TransactWriteItems',
    prepare: pendingHere,
    run: (dispatches, key) => dispatches.move({ ...key, fence: { attempt: 1 }, move: RELAUNCH }),
    done: { outcome: 'moved', slots: ONE_SLOT, queued: {}, status: 'PENDING' },
    undone: { slots: ONE_SLOT, queued: {}, status: 'PENDING' },
  },
  'an end': {
    operation: 'TransactWriteItems',
    prepare: pendingHere,
    run: (dispatches, key) => dispatches.move({ ...key, move: ending('FAILED') }),
    done: { outcome: 'moved', slots: NO_SLOT, queued: {}, status: 'FAILED' },
    undone: { slots: ONE_SLOT, queued: {}, status: 'PENDING' },
  },
  'an end in the queue': {
    operation: 'TransactWriteItems',
    prepare: queuedHere,
    run: (dispatches, key) => dispatches.move({ ...key, move: ending('CANCELLED') }),
    done: { outcome: 'moved', slots: NO_SLOT, queued: {}, status: 'CANCELLED' },
    undone: { slots: NO_SLOT, queued: { claude: 1 }, status: 'QUEUED' },
  },
  'an admission': {
    operation: 'TransactWriteItems',
    prepare: queuedHere,
    run: (dispatches, key) => dispatches.admit({ ...key, at: TEST_AT, limits: AMPLE }),
    done: { outcome: 'moved', slots: ONE_SLOT, queued: {}, status: 'PENDING' },
    undone: { slots: NO_SLOT, queued: { claude: 1 }, status: 'QUEUED' },
  },
};

async function stateOf(
  dispatches: DispatchStore,
  key: { tenantId: string; dispatchId: string },
): Promise<Call['undone']> {
  return {
    slots: await usage(dispatches),
    queued: await dispatches.countQueued({ tenantId: 'acme' }),
    status: (await dispatches.get(key))?.status,
  };
}

describe.skipIf(!hasDynamoDb())('a write to DynamoDB that goes wrong', () => {
  describe.each(Object.entries(CALLS))('%s', (_, { operation, prepare, run, done, undone }) => {
    const { outcome, ...state } = done;

    it.each(FAULT_KINDS)('is done once, and known to be, after it was %s', async (kind) => {
      const { dispatches, faulty } = await start();
      const key = await prepare(dispatches);
      const one = faulty({ kind, operation: `DynamoDB.${operation}`, lasting: 'once' });
      expect((await run(one.dispatches, key)).outcome).toBe(outcome);
      expect(one.faults.hit).toBe(`DynamoDB.${operation}`);
      expect(await stateOf(dispatches, key)).toEqual(state);
    });

    it.each(FAULT_KINDS)('is done whole or not at all when it is %s for good', async (kind) => {
      const { dispatches, faulty } = await start();
      const key = await prepare(dispatches);
      const one = faulty({ kind, operation: `DynamoDB.${operation}`, lasting: 'always' });
      await expect(run(one.dispatches, key)).rejects.toMatchObject(OUTAGE);
      expect(await stateOf(dispatches, key)).toEqual(kind.endsWith('-after') ? state : undone);
    });

    it('is known to be its own, also when DynamoDB has forgotten the token', async () => {
      const { dispatches, faulty } = await start();
      const key = await prepare(dispatches);
      const lost = { kind: 'reset-after', operation: `DynamoDB.${operation}`, lasting: 'once' } as const;
      expect(await run(faulty(lost, 'token').dispatches, key)).toEqual({
        outcome,
        record: await dispatches.get(key),
      });
      expect(await stateOf(dispatches, key)).toEqual(state);
    });
  });

  it('answers a client that comes again the dispatch that the lost answer told of', async () => {
    const { dispatches, faulty } = await start();
    const request = creation({}, { idempotency: idempotency('again') });
    const { dispatches: cut } = faulty({ kind: 'timeout-after', lasting: 'always' });
    await expect(cut.create(request)).rejects.toMatchObject(OUTAGE);
    const again = await dispatches.create(creation({}, { idempotency: idempotency('again') }));
    expect(again).toEqual({
      outcome: 'replayed',
      acceptedAs: 'PENDING',
      record: await dispatches.get(request.spec),
    });
  });

  it('puts one event out for an end whose answer was lost', async () => {
    const { dispatches, outbox, faulty } = await start();
    const record = await pendingHere(dispatches);
    const event = costEvent(record, 'FAILED');
    const { dispatches: cut } = faulty(
      { kind: 'reset-after', operation: 'DynamoDB.TransactWriteItems', lasting: 'once' },
      'token',
    );
    await moved(cut.move({ ...record, move: ending('FAILED'), event }));
    expect(await costsIn(outbox)).toEqual([event]);
  });

  it('is a loss all the same when another has written before the repeat', async () => {
    const { dispatches, faulty } = await start();
    const record = await pendingHere(dispatches);
    await moved(dispatches.move({ ...record, move: CLAIMED }));
    const { dispatches: cut } = faulty({ kind: 'reset-before', lasting: 'once' });
    expect(await cut.move({ ...record, move: CLAIMED })).toMatchObject({ outcome: 'refused' });
  });
});

import { describe, expect, it, onTestFinished } from 'vitest';
import type { DispatchStore } from '../ports/index.js';
import { hasDynamoDb } from '../testing/aws/dynamodb.js';
import { startTestTables } from '../testing/aws/dynamodb-harness.js';
import { FaultInjector, impatientRetries } from '../testing/aws/faults.js';
import { created, moved } from '../testing/dispatch-store-subject.js';
import { AMPLE, CLAIMED, creation, ending, TEST_AT } from '../testing/index.js';
import { createAwsDispatchStore } from './dispatch-store.js';

const NO_ROOM = { perAgent: 0, perTenant: 9 };

const start = async () => {
  const tables = await startTestTables();
  onTestFinished(tables.cleanup);
  return { ...tables, dispatches: createAwsDispatchStore(tables) };
};

const usage = async (dispatches: DispatchStore) => {
  const { byAgent, byTenant } = await dispatches.slotUsage({ tenantIds: ['acme'] });
  return { byAgent, byTenant };
};

describe.skipIf(!hasDynamoDb())('a write to DynamoDB that another follows before its repeat', () => {
  /** Runs `between` after the first attempt of a call took effect, and before its repeat. */
  const interrupted = async (callIndex: number, between: (dispatches: DispatchStore) => Promise<unknown>) => {
    const { connect, clock, dispatches } = await start();
    const faults = new FaultInjector({ kind: 'reset-after', callIndex, lasting: 'once' });
    faults.arm();
    const createHandler: FaultInjector['createHandler'] = (options) => {
      const handler = faults.createHandler(options);
      const handle = handler.handle.bind(handler);
      handler.handle = async (request, rest) => {
        try {
          return await handle(request, rest);
        } catch (error) {
          await between(dispatches);
          throw error;
        }
      };
      return handler;
    };
    const cut = connect({ createHandler, retryStrategy: impatientRetries() });
    return { dispatches, cut: createAwsDispatchStore({ dynamodb: cut, clock }) };
  };

  it('is a claim that was won, though it was asked to cancel since', async () => {
    const { spec } = creation();
    const set = { cancelRequestedAt: TEST_AT };
    const { dispatches, cut } = await interrupted(1, (store) =>
      moved(store.annotate({ ...spec, during: ['RUNNING'], set })),
    );
    await created(dispatches.create(creation(spec)));
    expect(await moved(cut.move({ ...spec, move: CLAIMED }))).toMatchObject({ status: 'RUNNING' });
    const beat = cut.annotate({ ...spec, during: ['RUNNING'], set: { heartbeatAt: TEST_AT } });
    expect(await moved(beat)).toMatchObject(set);
  });

  it('is an annotation that was made, though the dispatch has moved on since', async () => {
    const { spec } = creation();
    const { dispatches, cut } = await interrupted(0, (store) =>
      moved(store.move({ ...spec, move: CLAIMED })),
    );
    await created(dispatches.create(creation(spec)));
    const noted = await cut.annotate({ ...spec, during: ['PENDING'], set: { workerId: 'warm-1' } });
    expect(noted).toMatchObject({ outcome: 'moved', record: { status: 'RUNNING', workerId: 'warm-1' } });
  });
});

describe.skipIf(!hasDynamoDb())('an end in DynamoDB', () => {
  /** A store whose first reading of a dispatch, or of the line for its workspace, is out of date at once. */
  const startOvertaken = async (
    overtake: (dispatches: DispatchStore) => Promise<unknown>,
    reading: 'GetItemCommand' | 'QueryCommand' = 'GetItemCommand',
  ) => {
    const { connect, clock, dispatches } = await start();
    const calls: string[] = [];
    const dynamodb = connect();
    dynamodb.middlewareStack.add(
      (next, { commandName = '' }) =>
        async (args) => {
          const result = await next(args);
          if (commandName === reading && !calls.includes(reading)) await overtake(dispatches);
          calls.push(commandName);
          return result;
        },
      { step: 'initialize' },
    );
    return { dispatches, calls, overtaken: createAwsDispatchStore({ dynamodb, clock }) };
  };

  it('answers what it wrote, also when it was annotated since it was read', async () => {
    const { spec } = creation();
    const set = { taskArn: CLAIMED.taskArn, launches: 1 };
    const { dispatches, overtaken, calls } = await startOvertaken((store) =>
      store.annotate({ ...spec, during: ['PENDING'], set }),
    );
    await created(dispatches.create(creation(spec)));
    const ended = await overtaken.move({ ...spec, move: ending('FAILED') });
    expect(ended).toEqual({ outcome: 'moved', record: await dispatches.get(spec) });
    expect(ended).toMatchObject({ record: { status: 'FAILED', ...set } });
    // The transaction that failed is not among them.
    expect(calls).toEqual(['GetItemCommand', 'GetItemCommand', 'TransactWriteItemsCommand']);
  });

  it('is refused when it was asked to cancel since it was read', async () => {
    const { spec } = creation();
    const { dispatches, overtaken } = await startOvertaken((store) =>
      store.annotate({ ...spec, during: ['RUNNING'], set: { cancelRequestedAt: TEST_AT } }),
    );
    await created(dispatches.create(creation(spec)));
    await moved(dispatches.move({ ...spec, move: CLAIMED }));
    expect(await overtaken.move({ ...spec, move: ending('COMPLETED') })).toMatchObject({
      outcome: 'refused',
      record: { status: 'RUNNING', cancelRequestedAt: TEST_AT },
    });
    expect(await usage(dispatches)).toEqual({ byAgent: { claude: 1 }, byTenant: { acme: 1 } });
  });

  it('frees the slots of the state that it left, though another moved it there since it was read', async () => {
    const { spec } = creation();
    const { dispatches, overtaken } = await startOvertaken((store) =>
      store.admit({ ...spec, at: TEST_AT, limits: AMPLE }),
    );
    await created(dispatches.create(creation(spec, { limits: NO_ROOM })));
    await moved(overtaken.move({ ...spec, move: ending('CANCELLED') }));
    expect(await usage(dispatches)).toEqual({ byAgent: {}, byTenant: {} });
    expect(await dispatches.countQueued({ tenantId: 'acme' })).toEqual({});
  });

  it('leaves the line for a workspace that another has, though somebody joined the line since it was read', async () => {
    const workspace = { workspaceMode: 'persistent', workspaceId: 'ws-shared' } as const;
    const [holder, first, late] = [creation(workspace), creation(workspace), creation(workspace)];
    const { dispatches, overtaken } = await startOvertaken((store) => store.create(late), 'QueryCommand');
    await created(dispatches.create(holder));
    await created(dispatches.create(first));
    await moved(overtaken.move({ ...first.spec, move: ending('CANCELLED') }));
    await moved(dispatches.move({ ...holder.spec, move: ending('CANCELLED') }));
    const heads = await dispatches.queueHeads({ perLine: 1 });
    expect(heads.map(({ dispatchId }) => dispatchId)).toEqual([late.spec.dispatchId]);
  });
});

import { GetCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import type { DispatchRecord, DispatchSpec } from '@outpost/contracts';
import { randomUUID } from 'node:crypto';
import { describe, expect, it, onTestFinished } from 'vitest';
import { hasDynamoDb } from '../testing/aws/dynamodb.js';
import { recordCalls } from '../testing/aws/dynamodb-calls.js';
import { startTestTables } from '../testing/aws/dynamodb-harness.js';
import { created, moved } from '../testing/dispatch-store-subject.js';
import { AMPLE, creation, ending, TEST_AT } from '../testing/index.js';
import { createAwsDispatchStore } from './dispatch-store.js';

const NO_ROOM = { perAgent: 0, perTenant: 0 };

const start = async () => {
  const tables = await startTestTables();
  onTestFinished(tables.cleanup);
  const { clock, dynamodb } = tables;
  const dispatches = createAwsDispatchStore(tables);
  const queue = (spec: Partial<DispatchSpec> = {}) =>
    created(dispatches.create(creation(spec, { limits: NO_ROOM })));
  const admit = (record: DispatchRecord) => dispatches.admit({ ...record, at: TEST_AT, limits: AMPLE });
  const line = async () => {
    const Key = { pk: '#queue#claude', sk: 'acme' };
    const { Item } = await dynamodb.send(new GetCommand({ TableName: 'outpost-control', Key }));
    return Item;
  };
  /** What it takes to find the heads. */
  const costOfHeads = async () => {
    const own = tables.connect();
    const calls = recordCalls(own);
    const heads = await createAwsDispatchStore({ dynamodb: own, clock }).queueHeads({ perLine: 1 });
    return { heads: heads.map(({ dispatchId }) => dispatchId), calls };
  };
  return { ...tables, dispatches, queue, admit, line, costOfHeads };
};

const held = () => ({ workspaceMode: 'persistent', workspaceId: randomUUID() }) as const;

describe.skipIf(!hasDynamoDb())('lines in DynamoDB', { timeout: 60_000 }, () => {
  it('show their heads at the same cost, however long they are', async () => {
    const { queue, costOfHeads } = await start();
    const first = await queue();
    const short = await costOfHeads();
    for (let index = 0; index < 70; index += 1) await queue();
    const long = await costOfHeads();
    expect(short.heads).toEqual([first.dispatchId]);
    expect(long.heads).toEqual(short.heads);
    expect(long.calls).toEqual(short.calls);
    expect(long.calls.map(({ operation }) => operation)).toEqual(Array.from({ length: 6 }, () => 'Query'));
    expect(long.calls.every((call) => call.isStronglyConsistent)).toBe(true);
  });

  it('show the head behind a workspace that is held at the same cost, however many wait for it', async () => {
    const { dispatches, queue, costOfHeads } = await start();
    const workspace = held();
    await created(dispatches.create(creation({ ...workspace, agent: 'grok' })));
    for (let index = 0; index < 45; index += 1) await queue(workspace);
    const { heads, calls } = await costOfHeads();
    expect(heads).toEqual([]);
    // Five agents, one page of the line, one workspace.
    expect(calls).toHaveLength(7);
    const free = await queue();
    expect((await costOfHeads()).heads).toEqual([free.dispatchId]);
  });

  it('have every waiter of a workspace as a head in turn, when many wait for several', async () => {
    const { dispatches, queue, admit } = await start();
    const [one, other] = [held(), held()];
    const waiting = [
      await queue(one),
      await queue(other),
      await queue(one),
      await queue({ ...other, agent: 'codex' }),
    ];
    const order: string[] = [];
    for (
      let heads = await dispatches.queueHeads({ perLine: 1 });
      heads.length > 0;
      heads = await dispatches.queueHeads({ perLine: 1 })
    ) {
      const head = waiting.find(({ dispatchId }) => dispatchId === heads[0]!.dispatchId)!;
      order.push(head.dispatchId);
      expect(await admit(head)).toMatchObject({ outcome: 'moved' });
      await moved(dispatches.move({ ...head, move: ending('CANCELLED') }));
    }
    expect(order).toEqual(waiting.map(({ dispatchId }) => dispatchId));
  });

  it('do not stay when the last one has left', async () => {
    const { dispatches, queue, admit, line } = await start();
    const [first, second] = [await queue(), await queue()];
    expect(await line()).toMatchObject({ waiting: 2 });
    await admit(first);
    await moved(dispatches.move({ ...second, move: ending('CANCELLED') }));
    expect(await dispatches.countQueued({ tenantId: 'acme' })).toEqual({});
    expect(await dispatches.queueHeads({ perLine: 1 })).toEqual([]);
    expect(await line()).toBeUndefined();
    expect((await created(dispatches.create(creation()))).status).toBe('PENDING');
    expect((await queue()).status).toBe('QUEUED');
    expect(await line()).toMatchObject({ waiting: 1 });
  });

  it('let a newcomer start who comes before they are cleared away', async () => {
    const { dispatches, queue, line } = await start();
    await moved(dispatches.move({ ...(await queue()), move: ending('CANCELLED') }));
    expect(await line()).toMatchObject({ waiting: 0 });
    expect((await created(dispatches.create(creation()))).status).toBe('PENDING');
  });

  it('leave nothing of those that are gone', async () => {
    const { dispatches, dynamodb, queue, admit } = await start();
    const workspace = held();
    const [first, second] = [await queue(workspace), await queue(workspace)];
    await admit(first);
    await moved(dispatches.move({ ...second, move: ending('CANCELLED') }));
    await moved(dispatches.move({ ...first, move: ending('CANCELLED') }));
    const rowsOf = async (pk: string) => {
      const { Items } = await dynamodb.send(
        new QueryCommand({
          TableName: 'outpost-control',
          KeyConditionExpression: 'pk = :pk',
          ExpressionAttributeValues: { ':pk': pk },
        }),
      );
      return Items;
    };
    expect(await rowsOf('acme#queue#claude')).toEqual([]);
    expect(await rowsOf(`acme#workspace#${workspace.workspaceId}`)).toEqual([
      expect.objectContaining({ sk: 'slot', waiting: 0 }),
    ]);
    expect(await created(dispatches.create(creation(workspace)))).toMatchObject({ status: 'PENDING' });
  });

  it('are of one tenant only, whatever its id', async () => {
    const { dispatches } = await start();
    const params = creation({ tenantId: 'acme#queue' });
    await expect(dispatches.create(params)).rejects.toMatchObject({ code: 'VALIDATION_ERROR' });
    expect(await dispatches.get(params.spec)).toBeUndefined();
    const key = { tenantId: 'acme#queue', key: 'k', now: 0 };
    await expect(dispatches.findByIdempotencyKey(key)).rejects.toMatchObject({ code: 'VALIDATION_ERROR' });
  });
});

describe.skipIf(!hasDynamoDb())('counts in DynamoDB', () => {
  it('are read of more tenants than one request takes, and of each once', async () => {
    const { dispatches, dynamodb } = await start();
    const tenantIds = Array.from({ length: 230 }, (_, index) => `tenant-${index}`);
    const busy = ['tenant-0', 'tenant-99', 'tenant-100', 'tenant-229'];
    for (const tenantId of busy) await created(dispatches.create(creation({ tenantId })));
    const calls = recordCalls(dynamodb);
    const usage = await dispatches.slotUsage({ tenantIds: [...tenantIds, ...tenantIds] });
    expect(usage).toEqual({
      byAgent: { claude: 4 },
      byTenant: Object.fromEntries(busy.map((tenantId) => [tenantId, 1])),
      lastStartAt: Object.fromEntries(busy.map((tenantId) => [tenantId, TEST_AT])),
    });
    // Five agents and 230 tenants, a hundred at a time.
    expect(calls.map(({ operation }) => operation)).toEqual(Array.from({ length: 3 }, () => 'BatchGetItem'));
  });

  it('and all that is decided by are read as they are now, not as they were', async () => {
    const { dispatches, dynamodb, queue } = await start();
    const record = await queue(held());
    const calls = recordCalls(dynamodb);
    await dispatches.get(record);
    await dispatches.findByIdempotencyKey({ tenantId: 'acme', key: 'k', now: 0 });
    await dispatches.slotUsage({ tenantIds: ['acme'] });
    await dispatches.countQueued({ tenantId: 'acme' });
    await dispatches.queueHeads({ perLine: 1 });
    expect(calls.filter((call) => !call.isStronglyConsistent)).toEqual([]);
    expect(new Set(calls.map(({ operation }) => operation))).toEqual(
      new Set(['GetItem', 'BatchGetItem', 'Query']),
    );
  });
});

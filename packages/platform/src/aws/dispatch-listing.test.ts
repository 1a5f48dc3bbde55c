import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { DispatchRecord } from '@outpost/contracts';
import { ulid } from 'ulid';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { ListDispatchesParams } from '../ports/index.js';
import { hasDynamoDb } from '../testing/aws/dynamodb.js';
import { recordCalls } from '../testing/aws/dynamodb-calls.js';
import { startTestTables } from '../testing/aws/dynamodb-harness.js';
import { created, moved } from '../testing/dispatch-store-subject.js';
import { creation, ending, TEST_EPOCH_MS } from '../testing/index.js';
import { REMOVAL_GRACE_SECONDS } from './dispatch-items.js';
import { createAwsDispatchStore } from './dispatch-store.js';

const DAY_SECONDS = 86_400;
const NOW = TEST_EPOCH_MS / 1_000;

const start = async () => {
  const tables = await startTestTables();
  onTestFinished(tables.cleanup);
  const dispatches = createAwsDispatchStore(tables);
  const create = (spec: Parameters<typeof creation>[0] = {}) => created(dispatches.create(creation(spec)));
  const end = async (record: DispatchRecord) =>
    moved(dispatches.move({ ...record, move: ending('CANCELLED') }));
  const listAll = async (params: Partial<ListDispatchesParams> = {}) => {
    const records: DispatchRecord[] = [];
    let cursor: string | undefined;
    do {
      const page = await dispatches.list({ tenantId: 'acme', limit: 100, ...params, cursor });
      records.push(...page.records);
      cursor = page.nextCursor;
    } while (cursor !== undefined);
    return records;
  };
  return { ...tables, dispatches, create, end, listAll };
};

const idsOf = (records: readonly DispatchRecord[]) => records.map(({ dispatchId }) => dispatchId);

describe.skipIf(!hasDynamoDb())('lists of DynamoDB', { timeout: 60_000 }, () => {
  it('go on through answers of a megabyte', async () => {
    const { dispatches, create, listAll } = await start();
    const task = '\u{10FFFF}'.repeat(25_000);
    const records: DispatchRecord[] = [];
    for (let index = 0; index < 25; index += 1) records.push(await create({ task }));
    const newestFirst = idsOf(records.toReversed());
    expect(idsOf(await listAll())).toEqual(newestFirst);
    expect(idsOf(await listAll({ agent: 'claude', limit: 7 }))).toEqual(newestFirst);
    expect(idsOf(await dispatches.listByStatus({ statuses: ['PENDING'] }))).toEqual(idsOf(records));
  });

  it('find what a filter leaves, behind more than is read at a time', async () => {
    const { dispatches, create } = await start();
    const rare = await create({ agent: 'grok' });
    for (let index = 0; index < 210; index += 1) await create();
    expect(await dispatches.list({ tenantId: 'acme', limit: 1, agent: 'grok' })).toEqual({
      records: [rare],
      nextCursor: undefined,
    });
  });

  it('read the partition of the tenant and nothing else, and no more than the page', async () => {
    const { connect, clock, create } = await start();
    for (let index = 0; index < 5; index += 1) await create({ userId: 'ann' });
    await create({ tenantId: 'globex', userId: 'ann' });
    const dynamodb = connect();
    const calls = recordCalls(dynamodb);
    const { records } = await createAwsDispatchStore({ dynamodb, clock }).list({
      tenantId: 'acme',
      limit: 2,
      userId: 'ann',
    });
    expect(records).toHaveLength(2);
    expect(calls).toMatchObject([{ operation: 'Query', isStronglyConsistent: true }]);
  });

  it('end where `since` begins, also on a later page', async () => {
    const { dispatches, create, connect, clock } = await start();
    const at = (offsetMs: number) => ({
      dispatchId: ulid(TEST_EPOCH_MS + offsetMs),
      createdAt: new Date(TEST_EPOCH_MS + offsetMs).toISOString(),
    });
    const [, second, third, fourth] = [
      await create(at(0)),
      await create(at(1)),
      await create(at(2)),
      await create(at(3)),
    ];
    const params = { tenantId: 'acme', limit: 2, since: second.createdAt };
    const first = await dispatches.list(params);
    expect(first.records).toEqual([fourth, third]);
    const { nextCursor: cursor } = first;
    expect(await dispatches.list({ ...params, cursor })).toEqual({
      records: [second],
      nextCursor: undefined,
    });
    // The page before it was asked for without `since`: DynamoDB itself would reject to go on from there.
    const dynamodb = connect();
    const calls = recordCalls(dynamodb);
    const other = createAwsDispatchStore({ dynamodb, clock });
    expect(await other.list({ ...params, cursor, since: fourth.createdAt })).toEqual({
      records: [],
      nextCursor: undefined,
    });
    expect(calls).toEqual([]);
  });

  it('go by the time of creation, also where an id is ahead of it', async () => {
    const { create, listAll } = await start();
    const since = new Date(TEST_EPOCH_MS).toISOString();
    const createdAt = new Date(TEST_EPOCH_MS - 1).toISOString();
    await create({ dispatchId: ulid(TEST_EPOCH_MS), createdAt });
    expect(await listAll({ since })).toEqual([]);
  });

  it('hold a dispatch once that moves on while it is listed', async () => {
    const { connect, clock, create, dispatches } = await start();
    const record = await create();
    const dynamodb = connect();
    dynamodb.middlewareStack.add(
      (next) => async (args) => {
        const result = await next(args);
        const move = { to: 'RUNNING', taskArn: 't', stage: 'claim' } as const;
        const { createdAt: startedAt } = record;
        await dispatches.move({ ...record, move: { ...move, startedAt, heartbeatAt: startedAt } });
        return result;
      },
      { step: 'initialize' },
    );
    const statuses = ['RUNNING', 'PENDING'] as const;
    const listed = await createAwsDispatchStore({ dynamodb, clock }).listByStatus({ statuses });
    expect(listed).toMatchObject([{ dispatchId: record.dispatchId, status: 'RUNNING' }]);
  });
});

describe.skipIf(!hasDynamoDb())('a dispatch whose time to live is over, and the grace to remove it', () => {
  it('is not there, though DynamoDB has not deleted it', async () => {
    const { dispatches, clock, create, end, listAll } = await start();
    const ended = await end(await create({ ttl: NOW + DAY_SECONDS }));
    clock.advance((DAY_SECONDS + REMOVAL_GRACE_SECONDS) * 1_000 - 1);
    expect(await dispatches.get(ended)).toEqual(ended);
    clock.advance(1);
    expect(await dispatches.get(ended)).toBeUndefined();
    expect(await listAll()).toEqual([]);
    expect(await dispatches.listByStatus({ statuses: ['CANCELLED'] })).toEqual([]);
    const { tenantId, dispatchId } = ended;
    expect(await dispatches.move({ tenantId, dispatchId, move: ending('FAILED') })).toEqual({
      outcome: 'missing',
    });
    const annotation = { during: ['RUNNING'], set: { stage: 'run' } } as const;
    expect(await dispatches.annotate({ tenantId, dispatchId, ...annotation })).toEqual({
      outcome: 'missing',
    });
  });

  it('leaves room on its page for others', async () => {
    const { dispatches, clock, create, end } = await start();
    const other = await create();
    for (let index = 0; index < 4; index += 1) await end(await create({ ttl: NOW + 1 }));
    clock.advance((1 + REMOVAL_GRACE_SECONDS) * 1_000);
    expect(await dispatches.list({ tenantId: 'acme', limit: 2 })).toEqual({
      records: [other],
      nextCursor: undefined,
    });
  });

  it('stays, with its slots, until it has ended: DynamoDB may delete nothing before', async () => {
    const { dispatches, dynamodb, clock, create, end } = await start();
    const record = await create({ ttl: NOW + 1 });
    clock.advance(2_000);
    expect(await dispatches.get(record)).toEqual(record);
    const { tenantId, dispatchId } = record;
    const read = async () => {
      const Key = { tenantId, dispatchId };
      const UpdateExpression = 'SET touched = :true';
      const ExpressionAttributeValues = { ':true': true };
      const command = { TableName: 'outpost-jobs', Key, UpdateExpression, ExpressionAttributeValues };
      return (await dynamodb.send(new UpdateCommand({ ...command, ReturnValues: 'ALL_OLD' }))).Attributes;
    };
    expect(await read()).not.toHaveProperty('ttl');
    await end(record);
    expect(await read()).toMatchObject({ ttl: NOW + 1 + REMOVAL_GRACE_SECONDS });
    const { byAgent, byTenant } = await dispatches.slotUsage({ tenantIds: ['acme'] });
    expect({ byAgent, byTenant }).toEqual({ byAgent: {}, byTenant: {} });
  });
});

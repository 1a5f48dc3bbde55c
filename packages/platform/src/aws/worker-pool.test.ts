import { randomUUID } from 'node:crypto';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { AssignParams } from '../ports/index.js';
import { hasDynamoDb } from '../testing/aws/dynamodb.js';
import { startTestTables } from '../testing/aws/dynamodb-harness.js';
import { createEcsWorkshop, TEST_TASK_OPTIONS } from '../testing/aws/ecs-workshop.js';
import type { Fault } from '../testing/aws/faults.js';
import { secretStoreHarness } from '../testing/aws/harnesses.js';
import { startSecretsManager } from '../testing/aws/secrets-manager.js';
import { newDispatchId } from '../testing/fixtures.js';
import { describeWorkerPoolConformance, POOL_SECRETS } from '../testing/worker-pool-conformance.js';
import { createAwsAssignments, type AwsAssignmentsOptions } from './assignments.js';
import type { AwsTaskOptions } from './task-runner.js';
import { createAwsWorkerPool } from './worker-pool.js';

const PATIENCE_MS = 20_000;

const secretsManager = secretStoreHarness(async () => {
  const server = await startSecretsManager();
  return { endpoints: { secrets: server.url }, close: server.close };
});

const create = async () => {
  const tables = await startTestTables();
  const workshop = await createEcsWorkshop({ behaviour: 'ends-when-asked' });
  const { secrets, cleanup } = await secretsManager.create(POOL_SECRETS);
  const { clock } = tables;
  const poolOn = (dynamodb = tables.connect(), options: Partial<AwsTaskOptions> = {}) =>
    createAwsWorkerPool({
      dynamodb,
      ecs: workshop.clients.ecs,
      clock,
      options: { ...TEST_TASK_OPTIONS, ...options },
    });
  const assignmentsOn = (
    workerId: string,
    dynamodb = tables.connect(),
    options: Partial<AwsAssignmentsOptions> = {},
  ) => createAwsAssignments({ dynamodb, clock, workerId, secrets, ...options });
  return {
    tables,
    workshop,
    poolOn,
    assignmentsOn,
    async cleanup() {
      await cleanup();
      await workshop.cleanup();
      await tables.cleanup();
    },
  };
};

const start = async () => {
  const subject = await create();
  onTestFinished(subject.cleanup, PATIENCE_MS);
  const pool = subject.poolOn();
  const workerId = randomUUID();
  const params = { workerId, agent: 'claude', tier: 'fast' } as const;
  const record = async () => (await pool.list()).find((worker) => worker.workerId === workerId);
  const assignment = (overrides: Partial<AssignParams> = {}): AssignParams => ({
    workerId,
    tenantId: 'acme',
    dispatchId: newDispatchId(),
    secrets: [],
    ...overrides,
  });
  return { ...subject, pool, workerId, params, record, assignment };
};

/** Answers what was asked, and that it was not: the SDK asks again. */
const lostAnswer = (operation: string): Fault => ({
  kind: 'timeout-after',
  lasting: 'once',
  callIndex: 0,
  operation: `DynamoDB.${operation}`,
});

const { signal } = new AbortController();

describe.skipIf(!hasDynamoDb())('on DynamoDB and ECS', { timeout: PATIENCE_MS }, () => {
  describeWorkerPoolConformance('DynamoDB and ECS', {
    patienceMs: PATIENCE_MS,
    async create() {
      const { poolOn, assignmentsOn, cleanup } = await create();
      return {
        pools: [poolOn(), poolOn()],
        assignmentsOf: async (workerId) => assignmentsOn(workerId),
        cleanup,
      };
    },
  });

  it('starts a task that knows its own id, and no tenant', async () => {
    const { pool, params, workerId, workshop, record } = await start();
    await pool.start(params);
    await pool.start(params);
    expect(workshop.inputsOf('RunTask')[0]).toMatchObject({
      taskDefinition: 'outpost-claude-fast',
      clientToken: workerId,
      startedBy: 'outpost-pool',
      overrides: {
        containerOverrides: [
          { name: 'worker', environment: [{ name: 'OUTPOST_WORKER_ID', value: workerId }] },
        ],
      },
      tags: [
        { key: 'workerId', value: workerId },
        { key: 'agent', value: 'claude' },
      ],
    });
    expect(workshop.ecs.tasks.map(({ taskArn }) => taskArn)).toEqual([(await record())?.taskArn]);
    expect(await workshop.runner().listLive()).toEqual([]);
  });

  it('forgets a worker that ECS could not start', async () => {
    const { pool, params, record, workshop } = await start();
    workshop.ecs.failNextRun({ reason: 'RESOURCE:MEMORY' });
    await expect(pool.start(params)).rejects.toMatchObject({
      code: 'SERVICE_UNAVAILABLE',
      message: expect.stringContaining('RESOURCE:MEMORY') as string,
    });
    expect(await record()).toBeUndefined();
  });

  it('gives nothing to a worker for a tenant that has a role of its own', async () => {
    const { poolOn, params, workerId, assignmentsOn, assignment, record } = await start();
    const pool = poolOn(undefined, {
      taskRoleArnOf: (tenantId) => (tenantId === 'acme' ? 'arn:aws:iam::123456789012:role/acme' : undefined),
    });
    await pool.start(params);
    const given = assignmentsOn(workerId).next({ signal });
    await expect.poll(async () => (await record())?.state).toBe('IDLE');
    expect(await pool.assign(assignment())).toBe(false);
    expect(await record()).toMatchObject({ state: 'IDLE' });
    const globex = assignment({ tenantId: 'globex' });
    expect(await pool.assign(globex)).toBe(true);
    expect(await given).toMatchObject({ tenantId: 'globex', dispatchId: globex.dispatchId });
  });

  it('stops the task of a worker that is starting, and not of one that is idle', async () => {
    const { pool, params, workerId, workshop, assignmentsOn, record } = await start();
    await pool.start(params);
    const other = { ...params, workerId: randomUUID() };
    await pool.start(other);
    const ended = assignmentsOn(workerId).next({ signal });
    await expect.poll(async () => (await record())?.state).toBe('IDLE');
    expect(await pool.retire({ workerId })).toBe(true);
    expect(workshop.inputsOf('StopTask')).toEqual([]);
    expect(await ended).toBeUndefined();
    expect(await pool.retire(other)).toBe(true);
    const task = (await pool.list()).find((worker) => worker.workerId === other.workerId)?.taskArn;
    expect(workshop.inputsOf('StopTask')).toMatchObject([{ task }]);
  });

  it('does not count the time of one that is stopping anew', async () => {
    const { pool, params, workerId, record, tables } = await start();
    await pool.start(params);
    await pool.retire({ workerId });
    const { changedAt } = (await record())!;
    tables.clock.advance(60_000);
    expect(await pool.retire({ workerId })).toBe(true);
    expect(await record()).toMatchObject({ state: 'STOPPING', changedAt });
  });
});

describe.skipIf(!hasDynamoDb())('an answer that is lost', { timeout: PATIENCE_MS }, () => {
  it('of an assignment is no loss', async () => {
    const { pool, poolOn, params, workerId, tables, assignmentsOn, assignment, record } = await start();
    await pool.start(params);
    const given = assignmentsOn(workerId).next({ signal });
    await expect.poll(async () => (await record())?.state).toBe('IDLE');
    const { dynamodb, faults } = tables.connectThrough(lostAnswer('UpdateItem'));
    const taken = assignment();
    expect(await poolOn(dynamodb).assign(taken)).toBe(true);
    expect(faults.hit).toBe('DynamoDB.UpdateItem');
    expect(await given).toMatchObject({ dispatchId: taken.dispatchId });
  });

  it('of a start, and of a retirement, is none', async () => {
    const { poolOn, params, workerId, tables, record } = await start();
    for (const [operation, act] of [
      ['PutItem', (pool: ReturnType<typeof poolOn>) => pool.start(params)],
      ['UpdateItem', (pool: ReturnType<typeof poolOn>) => pool.retire({ workerId })],
    ] as const) {
      const { dynamodb, faults } = tables.connectThrough(lostAnswer(operation));
      expect(await act(poolOn(dynamodb))).not.toBe(false);
      expect(faults.hit).toBe(`DynamoDB.${operation}`);
    }
    expect(await record()).toMatchObject({ state: 'STOPPING' });
  });

  it('of saying that it is idle does not lose what the worker was given meanwhile', async () => {
    const { pool, params, workerId, tables, assignmentsOn, assignment } = await start();
    await pool.start(params);
    const dynamodb = tables.connect();
    const first = assignment();
    // The same dispatch again is another assignment.
    const assigned = [first, { ...first, dispatchId: newDispatchId() }, first];
    dynamodb.middlewareStack.add(
      (next, { commandName }) =>
        async (args) => {
          const answer = await next(args);
          if (commandName !== 'UpdateItemCommand' && commandName !== 'UpdateCommand') return answer;
          const given = assigned.shift();
          if (given === undefined) return answer;
          expect(await pool.assign(given)).toBe(true);
          return next(args);
        },
      { step: 'finalizeRequest', priority: 'low', name: 'lost' },
    );
    const assignments = assignmentsOn(workerId, dynamodb);
    const expected = assigned.map(({ dispatchId }) => dispatchId);
    const answered: (string | undefined)[] = [];
    for (const _ of expected) answered.push((await assignments.next({ signal }))?.dispatchId);
    expect(answered).toEqual(expected);
  });
});

describe.skipIf(!hasDynamoDb())('a worker that waits', { timeout: PATIENCE_MS }, () => {
  it('looks at its row every half second', async () => {
    const { pool, params, workerId, assignmentsOn, assignment } = await start();
    await pool.start(params);
    const pauses: number[] = [];
    const taken = assignment();
    const pause = async (durationMs: number): Promise<void> => {
      if (pauses.push(durationMs) === 3) await pool.assign(taken);
    };
    const given = await assignmentsOn(workerId, undefined, { pause }).next({ signal });
    expect(given).toMatchObject({ tenantId: 'acme', dispatchId: taken.dispatchId });
    expect(pauses).toEqual([500, 500, 500]);
  });

  it.each(['UpdateItem', 'GetItem'])('waits out an outage: %s', async (operation) => {
    const { pool, params, workerId, assignmentsOn, tables, record, assignment } = await start();
    await pool.start(params);
    const fault = { kind: 'failed', lasting: 'always', callIndex: 0 } as const;
    const { dynamodb, faults } = tables.connectThrough({ ...fault, operation: `DynamoDB.${operation}` });
    const given = assignmentsOn(workerId, dynamodb, { pause: async () => {} }).next({ signal });
    await expect.poll(async () => (await record())?.state).toBe('IDLE');
    await expect.poll(() => faults.hit).toBe(`DynamoDB.${operation}`);
    const taken = assignment();
    expect(await pool.assign(taken)).toBe(true);
    expect(await given).toMatchObject({ dispatchId: taken.dispatchId });
  });

  it('does not wait out what will not pass', async () => {
    const { workerId, assignmentsOn, tables } = await start();
    const dynamodb = tables.connect();
    dynamodb.middlewareStack.add(
      () => () => Promise.reject(Object.assign(new Error('not granted'), { name: 'AccessDeniedException' })),
      { step: 'finalizeRequest', name: 'denied' },
    );
    await expect(assignmentsOn(workerId, dynamodb).next({ signal })).rejects.toThrow('not granted');
  });

  it('says that it goes when it is asked to end after a dispatch', async () => {
    const { pool, params, workerId, assignmentsOn, assignment, record } = await start();
    await pool.start(params);
    const assignments = assignmentsOn(workerId);
    const given = assignments.next({ signal });
    await expect.poll(async () => (await record())?.state).toBe('IDLE');
    await pool.assign(assignment());
    await given;
    expect(await assignments.next({ signal: AbortSignal.abort() })).toBeUndefined();
    expect(await record()).toMatchObject({ state: 'STOPPING', tenantId: 'acme' });
    expect(await record()).not.toHaveProperty('dispatchId');
  });
});

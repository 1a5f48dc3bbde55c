import { randomUUID } from 'node:crypto';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { Assignment, Assignments, AssignParams, WorkerPool, WorkerRecord } from '../ports/index.js';
import { newDispatchId } from './fixtures.js';
import { atOnce } from './harness.js';
import type { SecretStoreHarness } from './secret-store-conformance.js';

/** What may be read of secrets, if it is asked for. */
export const POOL_SECRETS = {
  fleet: { agents: { claude: 'fleet-claude-key' } },
  tenants: {
    acme: { secrets: { NPM_TOKEN: 'acme-npm-token' } },
    globex: { secrets: { NPM_TOKEN: 'globex-npm-token' } },
  },
} as const satisfies Parameters<SecretStoreHarness['create']>[0];

export interface WorkerPoolSubject {
  /** All instances that may assign to the workers that the first has started. */
  readonly pools: readonly [WorkerPool, ...WorkerPool[]];
  /** The worker's side of a worker that was started: the test is the worker. Called once for each. */
  assignmentsOf(workerId: string): Promise<Assignments>;
  /** Ends all workers, too. */
  cleanup(): Promise<void>;
}

export interface WorkerPoolHarness {
  /** With the secrets of `POOL_SECRETS`. */
  create(): Promise<WorkerPoolSubject>;
  /** Longest wait for a state to come, in milliseconds. */
  readonly patienceMs: number;
}

/** What every pool of warm workers must do, and the worker's side of it. */
export function describeWorkerPoolConformance(name: string, harness: WorkerPoolHarness): void {
  const start = async () => {
    const subject = await harness.create();
    onTestFinished(() => subject.cleanup(), harness.patienceMs);
    const [pool] = subject.pools;
    const workerId = randomUUID();
    await pool.start({ workerId, agent: 'claude', tier: 'fast' });
    const ending = new AbortController();
    onTestFinished(() => ending.abort());
    return {
      ...subject,
      pool,
      workerId,
      ending,
      ...driven(pool, workerId, await subject.assignmentsOf(workerId)),
    };
  };
  const driven = (pool: WorkerPool, workerId: string, assignments: Assignments) => ({
    assignments,
    worker: () => recordOf(pool, workerId),
    /** What it is given next, asked for until it is known to wait. */
    async wait(signal: AbortSignal): Promise<{ readonly given: Promise<Assignment | undefined> }> {
      const given = assignments.next({ signal });
      // Whoever asked looks at it later.
      given.catch(() => undefined);
      await vi.waitFor(async () => expect((await recordOf(pool, workerId))?.state).toBe('IDLE'), {
        timeout: harness.patienceMs,
        interval: 20,
      });
      return { given };
    },
  });
  const run = (test: (started: Awaited<ReturnType<typeof start>>) => Promise<void>) => async () =>
    test(await start());

  describe(`WorkerPool: ${name}`, { timeout: harness.patienceMs * 2 }, () => {
    it(
      'starts a worker, which is idle once it says so',
      run(async ({ worker, workerId, wait, ending }) => {
        const started = await worker();
        expect(started).toMatchObject({ workerId, agent: 'claude', tier: 'fast', state: 'STARTING' });
        expect(started).not.toHaveProperty('tenantId');
        expect(started?.taskArn).toMatch(/./);
        expect(started?.changedAt).toMatch(/^\d{4}-.*Z$/);
        await wait(ending.signal);
        expect(await worker()).toMatchObject({ state: 'IDLE', taskArn: started?.taskArn });
      }),
    );

    it(
      'gives an idle worker a dispatch, with the secrets of that alone',
      run(async ({ pool, worker, workerId, wait, ending }) => {
        const { given } = await wait(ending.signal);
        const secrets = [
          { kind: 'agent', agent: 'claude' } as const,
          { kind: 'tenant', name: 'NPM_TOKEN' } as const,
        ];
        const params = assignment(workerId, { secrets });
        expect(await pool.assign(params)).toBe(true);
        const { tenantId, dispatchId } = params;
        expect(await worker()).toMatchObject({ state: 'BUSY', tenantId, dispatchId });
        const taken = await given;
        expect(taken).toMatchObject({ tenantId, dispatchId });
        const values = secrets.map(async (reference) => taken?.secrets.get({ tenantId, reference }));
        expect(await Promise.all(values)).toEqual(['fleet-claude-key', 'acme-npm-token']);
      }),
    );

    it(
      'gives nothing to a worker that has not said that it is idle',
      run(async ({ pool, worker, workerId }) => {
        expect(await pool.assign(assignment(workerId))).toBe(false);
        expect(await worker()).toMatchObject({ state: 'STARTING' });
        expect(await pool.assign(assignment(randomUUID()))).toBe(false);
      }),
    );

    it(
      'gives a worker one dispatch at a time, of however many',
      run(async ({ pools, worker, workerId, wait, ending }) => {
        const { given } = await wait(ending.signal);
        const rivals = Array.from({ length: 20 }, () => assignment(workerId));
        const results = await atOnce(20, (index) => pools[index % pools.length]!.assign(rivals[index]!));
        expect(results.filter(Boolean)).toHaveLength(1);
        const { dispatchId } = rivals[results.indexOf(true)]!;
        expect(await worker()).toMatchObject({ state: 'BUSY', dispatchId });
        expect(await given).toMatchObject({ dispatchId });
      }),
    );

    it(
      'lets a worker serve the tenant again that it has served, and no other ever',
      run(async ({ pool, worker, workerId, wait, ending }) => {
        for (const round of [1, 2]) {
          const { given } = await wait(ending.signal);
          const record = await worker();
          expect(record?.tenantId).toBe(round === 1 ? undefined : 'acme');
          expect(record).not.toHaveProperty('dispatchId');
          if (round > 1) {
            expect(await pool.assign(assignment(workerId, { tenantId: 'globex' }))).toBe(false);
            expect(await worker()).toMatchObject({ state: 'IDLE', tenantId: 'acme' });
          }
          const params = assignment(workerId);
          expect(await pool.assign(params)).toBe(true);
          expect(await given).toMatchObject({ dispatchId: params.dispatchId });
        }
      }),
    );

    it(
      'retires an idle worker, which is told so and gets nothing more',
      run(async ({ pool, worker, workerId, wait, ending, assignments }) => {
        const { given } = await wait(ending.signal);
        expect(await pool.retire({ workerId })).toBe(true);
        expect(await worker()).toMatchObject({ state: 'STOPPING' });
        expect(await pool.assign(assignment(workerId))).toBe(false);
        expect(await given).toBeUndefined();
        expect(await assignments.next({ signal: ending.signal })).toBeUndefined();
        expect(await worker()).toMatchObject({ state: 'STOPPING' });
      }),
    );

    it(
      'retires a worker that is starting',
      run(async ({ pool, worker, workerId, assignments, ending }) => {
        expect(await pool.retire({ workerId })).toBe(true);
        expect(await assignments.next({ signal: ending.signal })).toBeUndefined();
        expect(await worker()).toMatchObject({ state: 'STOPPING' });
      }),
    );

    it(
      'does not retire a worker that is busy, nor one that it does not know',
      run(async ({ pool, worker, workerId, wait, ending }) => {
        const { given } = await wait(ending.signal);
        await pool.assign(assignment(workerId));
        await given;
        expect(await pool.retire({ workerId })).toBe(false);
        expect(await worker()).toMatchObject({ state: 'BUSY' });
        expect(await pool.retire({ workerId: randomUUID() })).toBe(false);
      }),
    );

    it(
      'either retires a worker or gives it a dispatch',
      run(async ({ pool, worker, workerId, wait, ending }) => {
        const { given } = await wait(ending.signal);
        const [isRetired, isAssigned] = await Promise.all([
          pool.retire({ workerId }),
          pool.assign(assignment(workerId)),
        ]);
        expect(isAssigned).toBe(!isRetired);
        expect((await worker())?.state).toBe(isRetired ? 'STOPPING' : 'BUSY');
        expect((await given) !== undefined).toBe(isAssigned);
      }),
    );

    it(
      'forgets a worker',
      run(async ({ pool, worker, workerId, assignments, ending }) => {
        const other = randomUUID();
        await pool.start({ workerId: other, agent: 'codex', tier: 'balanced' });
        for (const _ of [1, 2]) await pool.remove({ workerId });
        expect(await worker()).toBeUndefined();
        expect(await recordOf(pool, other)).toMatchObject({ agent: 'codex', tier: 'balanced' });
        expect(await assignments.next({ signal: ending.signal })).toBeUndefined();
        expect(await worker()).toBeUndefined();
      }),
    );

    it(
      'gives nothing to a worker that is about to end',
      run(async ({ pool, worker, workerId, wait, ending, assignments }) => {
        const { given } = await wait(ending.signal);
        ending.abort();
        expect(await given).toBeUndefined();
        expect(await worker()).toMatchObject({ state: 'STOPPING' });
        expect(await pool.assign(assignment(workerId))).toBe(false);
        expect(await assignments.next({ signal: ending.signal })).toBeUndefined();
      }),
    );
  });
}

/** A dispatch of `acme` for the worker, each time another. */
function assignment(workerId: string, overrides: Partial<AssignParams> = {}): AssignParams {
  return { workerId, tenantId: 'acme', dispatchId: newDispatchId(), secrets: [], ...overrides };
}

async function recordOf(pool: WorkerPool, workerId: string): Promise<WorkerRecord | undefined> {
  return (await pool.list()).find((worker) => worker.workerId === workerId);
}

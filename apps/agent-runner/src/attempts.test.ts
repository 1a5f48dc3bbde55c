import { costOf, failure, nextAttempt, type DispatchRecord, type RecordIn } from '@outpost/contracts';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Heartbeat } from './heartbeat.js';
import { claim } from './phases/claim.js';
import { report } from './phases/report.js';
import { runDispatch } from './run-dispatch.js';
import { RunBench, SAID_DONE, until } from './testing/run-bench.js';

const LOST = failure('out_of_memory', 'Gone.');

let bench: RunBench;
beforeEach(async () => {
  bench = await RunBench.create();
});
afterEach(() => bench.close());

/** Moves a running dispatch to its next attempt, as the control plane does when it has given up the worker. */
async function giveUp(record: DispatchRecord): Promise<void> {
  const running = (await bench.recordOf(record)) as RecordIn<'RUNNING'>;
  const move = nextAttempt(running, LOST, new Date().toISOString());
  if (move === undefined) throw new Error('There is no other attempt.');
  const { tenantId, dispatchId } = record;
  await bench.platform.dispatches.move({ tenantId, dispatchId, move, fence: { attempt: running.attempt } });
}

/** A reader of a counter that has grown at each look after the first. */
function growing(): () => number {
  let count = 0;
  return () => count++;
}

describe('an attempt that ran out of memory', () => {
  const KILLED = `echo half > half.txt; kill -9 $$`;

  it('is followed by one with more memory: no end is written, no event published', async () => {
    const { record, worker } = await bench.prepare(KILLED, {
      spec: { tier: 'fast' },
      oomKills: growing(),
    });
    expect(await runDispatch(worker)).toBe(0);
    expect(await bench.recordOf(record)).toMatchObject({
      status: 'PENDING',
      attempt: 2,
      tier: 'balanced',
      attempts: [{ attempt: 1, tier: 'fast', failure: { class: 'out_of_memory' } }],
    });
    expect(bench.published()).toEqual([]);
    expect(bench.artifactOf(record, 'changes.patch')).toContain('+half');
    expect(bench.artifactOf(record, 'output.log')).toContain('# It is tried again, on the balanced tier.\n');
  });

  it('is the end when the next one ran out, too; its time has its price all the same', async () => {
    const kills = growing();
    let aheadMs = 0;
    const { record, worker } = await bench.prepare(KILLED, {
      spec: { tier: 'fast' },
      clock: { now: () => Date.now() + aheadMs },
      // An hour goes by while the first one works.
      oomKills: () => {
        const count = kills();
        if (count > 0) aheadMs = 3_600_000;
        return count;
      },
    });
    await runDispatch(worker);
    const again = bench.workerFor(record, KILLED, { clock: worker.clock, oomKills: growing() });
    expect(await runDispatch(again)).toBe(0);
    const ended = (await bench.recordOf(record)) as RecordIn<'FAILED'>;
    expect(ended).toMatchObject({ status: 'FAILED', attempt: 2, failure: { class: 'out_of_memory' } });
    expect(ended.timings).toMatchObject({ launch: expect.any(Number), run: expect.any(Number) });
    expect(ended.timings).not.toHaveProperty('queue');
    const { modelId, tier, startedAt, completedAt, attempts: earlier } = ended;
    const durationMs = Date.parse(completedAt) - Date.parse(startedAt ?? '');
    const last = { modelId, tier, durationMs, usage: undefined, reportedCostUsd: undefined };
    expect(ended.cost).toEqual(costOf({ ...last, earlier }));
    expect(ended.cost?.compute).toBeGreaterThan(costOf(last).compute);
    expect(bench.published()).toMatchObject([{ status: 'FAILED' }]);
    expect(bench.artifactOf(record, 'output.log')).toContain('# Attempt 2, on the balanced tier.\n');
  });

  it('is not tried again when it was cancelled meanwhile', async () => {
    const { record, worker } = await bench.prepare(KILLED, {
      spec: { tier: 'fast' },
      oomKills: growing(),
      limits: { cancelPollMs: 3_600_000 },
      replace: ({ mounts }) => ({
        // The last thing before the report of an attempt that another follows.
        mounts: { ...mounts, erase: async () => await bench.cancel(record) },
      }),
    });
    await runDispatch(worker);
    expect(await bench.recordOf(record)).toMatchObject({ status: 'CANCELLED', attempt: 1 });
    expect(bench.published()).toMatchObject([{ status: 'CANCELLED' }]);
  });

  it('is not to be confused with an agent that somebody killed', async () => {
    const { record, worker } = await bench.prepare(KILLED, { spec: { tier: 'fast' }, oomKills: () => 3 });
    await runDispatch(worker);
    expect(await bench.recordOf(record)).toMatchObject({
      status: 'FAILED',
      failure: { class: 'agent_crashed' },
    });
  });
});

describe('a worker that was given up', () => {
  it('stops its agent, and leaves record, artifacts and workspace to the next attempt', async () => {
    const ready = join(bench.dataDir, 'ready');
    const script = `trap '' TERM; touch ${ready}; while :; do sleep 1000; done`;
    const { record, worker } = await bench.prepare(script, { spec: { tier: 'fast' } });
    const run = runDispatch(worker);
    await until(() => (existsSync(ready) ? true : undefined));
    await giveUp(record);
    expect(await run).toBe(0);
    expect(worker.stop.reason).toBe('lost');
    const after = await bench.recordOf(record);
    expect(after).toMatchObject({ status: 'PENDING', attempt: 2 });
    expect(bench.artifactOf(record, 'output.log')).toBeUndefined();
    expect(bench.published()).toEqual([]);
    const { tenantId, workspaceId } = record;
    expect(existsSync(join(bench.dataDir, 'workspaces', tenantId, workspaceId))).toBe(true);
  });

  it('uploads nothing when it learns of it at the door of the phase', async () => {
    const uploaded: string[] = [];
    const { record, worker } = await bench.prepare(SAID_DONE, {
      spec: { tier: 'fast' },
      limits: { cancelPollMs: 3_600_000 },
      replace: ({ artifacts, dispatches }) => ({
        artifacts: {
          ...artifacts,
          put: async (params) => {
            uploaded.push(params.name);
            return await artifacts.put(params);
          },
        },
        dispatches: {
          ...dispatches,
          annotate: async (params) => {
            if (params.set.stage === 'upload') await giveUp(record);
            return await dispatches.annotate(params);
          },
        },
      }),
    });
    expect(await runDispatch(worker)).toBe(0);
    expect(await bench.recordOf(record)).toMatchObject({ status: 'PENDING', attempt: 2 });
    expect(uploaded).toEqual([]);
  });

  it('neither beats nor reports into the attempt of another', async () => {
    const { record, worker } = await bench.prepare(SAID_DONE, { spec: { tier: 'fast' } });
    const mine = (await claim(worker)) as RecordIn<'RUNNING'>;
    await giveUp(record);
    const other = bench.workerFor(record, SAID_DONE);
    const theirs = (await claim(other)) as RecordIn<'RUNNING'>;
    const { dispatches } = worker.platform;
    const heartbeat = new Heartbeat({ ...worker, dispatches, intervalMs: 3_600_000 });
    await heartbeat.beat({ stage: 'upload', timings: { claim: 1 } });
    expect(worker.stop.reason).toBe('lost');
    const end = { to: 'COMPLETED', completedAt: mine.startedAt, exitCode: 0, errorMessage: null } as const;
    expect(await report(worker, mine, end)).toBeUndefined();
    expect(await bench.recordOf(record)).toEqual(theirs);
  });
});

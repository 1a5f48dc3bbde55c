import type { RecordIn } from '@outpost/contracts';
import { agentProcessesOf } from '@outpost/platform/process';
import { createServer, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { runDispatch } from './run-dispatch.js';
import { stopOnRequest } from './stop-on-request.js';
import { HANGING_STAGES, hangIn } from './testing/hangs.js';
import { RunBench, SAID_DONE, until } from './testing/run-bench.js';

const CANCELLED = { status: 'CANCELLED', failure: { class: 'cancelled' } };

let bench: RunBench;
beforeEach(async () => {
  bench = await RunBench.create();
});
afterEach(() => bench.close());

/** Of a script that says when it runs, and then neither ends nor listens. */
function stubborn(): { script: string; begun: () => Promise<true> } {
  const ready = join(bench.dataDir, 'ready');
  return {
    script: `trap '' TERM; echo work > work.txt; touch ${ready}; while :; do sleep 1000; done`,
    begun: () => until(() => (existsSync(ready) ? true : undefined)),
  };
}

describe('a cancellation that only the record tells of', () => {
  it.each(HANGING_STAGES)('ends a run whose %s hangs', async (stage) => {
    const hang = await hangIn(stage, bench.dataDir);
    const { record, worker } = await bench.prepare(SAID_DONE, hang.options);
    const run = runDispatch(worker);
    await hang.begun();
    await bench.cancel(record);
    await run;
    expect(await bench.recordOf(record)).toMatchObject(CANCELLED);
    await hang.ended();
  });

  it('ends a clone from a server that does not answer', async () => {
    const asked = Promise.withResolvers<Socket>();
    const server = createServer((socket) => asked.resolve(socket.on('error', () => {})));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const repo = `http://127.0.0.1:${(server.address() as AddressInfo).port}/a/b.git`;
    const { record, worker } = await bench.prepare(SAID_DONE, { spec: { repo } });
    const run = runDispatch(worker);
    const socket = await asked.promise;
    const closed = new Promise((resolve) => socket.once('close', resolve).resume());
    await bench.cancel(record);
    await run;
    await closed;
    expect(await bench.recordOf(record)).toMatchObject(CANCELLED);
  });

  it('kills an agent that ignores SIGTERM, and keeps what it did', async () => {
    const { script, begun } = stubborn();
    // Room to collect on a busy machine.
    const { record, worker } = await bench.prepare(script, { limits: { stoppedCollectMs: 60_000 } });
    const run = runDispatch(worker);
    await begun();
    await bench.cancel(record);
    expect(await run).toBe(0);
    expect(await bench.recordOf(record)).toMatchObject({ ...CANCELLED, exitCode: null });
    expect(agentProcessesOf(record)).toEqual([]);
    expect(bench.artifactOf(record, 'changes.patch')).toContain('+work');
    expect(bench.artifactOf(record, 'output.log')).toContain('# CANCELLED: Cancelled on request.\n');
  });

  it('keeps what a checkpoint stored when there is no time for more', async () => {
    const { script, begun } = stubborn();
    const limits = { checkpointIntervalMs: 20, stoppedCollectMs: 0 };
    const { record, worker } = await bench.prepare(script, { limits });
    const run = runDispatch(worker);
    await begun();
    await until(() => bench.artifactOf(record, 'changes.patch')?.includes('+work') || undefined);
    await bench.cancel(record);
    await run;
    expect(await bench.recordOf(record)).toMatchObject(CANCELLED);
    expect(bench.artifactOf(record, 'changes.patch')).toContain('+work');
    expect(bench.artifactOf(record, 'summary.json')).toBeUndefined();
  });

  it.each([
    ['ephemeral', ['agents 0', 'CANCELLED', 'stored']],
    // The report gives the workspace to the next dispatch.
    ['persistent', ['agents 0', 'stored', 'CANCELLED']],
  ] as const)('in an %s workspace: %j', async (workspaceMode, expected) => {
    const order: string[] = [];
    const [reported, storing] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    if (workspaceMode === 'persistent') reported.resolve();
    const { script, begun } = stubborn();
    const { record, worker } = await bench.prepare(script, {
      spec: { workspaceMode },
      limits: { cancelReportMs: 200, stoppedCollectMs: 60_000 },
      replace: ({ artifacts, dispatches }) => ({
        artifacts: {
          ...artifacts,
          put: async (params) => {
            if (params.name !== 'changes.patch') return artifacts.put(params);
            order.push(`agents ${agentProcessesOf(record).length}`);
            storing.resolve();
            await reported.promise;
            const stored = await artifacts.put(params);
            order.push('stored');
            return stored;
          },
        },
        dispatches: {
          ...dispatches,
          move: async (params) => {
            // Its time comes when it comes: what it must not do is wait for what is being stored.
            if (params.move.to !== 'RUNNING') await storing.promise;
            const result = await dispatches.move(params);
            if (params.move.to === 'RUNNING') return result;
            order.push(params.move.to);
            reported.resolve();
            return result;
          },
        },
      }),
    });
    const run = runDispatch(worker);
    await begun();
    await bench.cancel(record);
    expect(await run).toBe(0);
    expect(order).toEqual(expected);
    expect(await bench.recordOf(record)).toMatchObject(CANCELLED);
    expect(bench.artifactOf(record, 'changes.patch')).toContain('+work');
  });

  it('leaves a summary that says the same as the report before it', async () => {
    const { script, begun } = stubborn();
    const { record, worker } = await bench.prepare(script, {
      limits: { cancelReportMs: 0, stoppedCollectMs: 60_000 },
    });
    const run = runDispatch(worker);
    await begun();
    await bench.cancel(record);
    await run;
    const { completedAt } = (await bench.recordOf(record)) as RecordIn<'CANCELLED'>;
    const summary = JSON.parse(bench.artifactOf(record, 'summary.json') ?? '') as object;
    expect(summary).toMatchObject({ status: 'CANCELLED', completedAt, changes: { filesChanged: 1 } });
  });

  it('is reported once more at the end when the store did not answer before', async () => {
    const { script, begun } = stubborn();
    let isDown = true;
    const { record, worker } = await bench.prepare(script, {
      limits: { cancelReportMs: 1 },
      replace: ({ dispatches }) => ({
        dispatches: {
          ...dispatches,
          move: async (params) => {
            if (params.move.to !== 'CANCELLED' || !isDown) return await dispatches.move(params);
            isDown = false;
            throw new Error('down');
          },
        },
      }),
    });
    const run = runDispatch(worker);
    await begun();
    await bench.cancel(record);
    await run;
    expect(isDown).toBe(false);
    expect(await bench.recordOf(record)).toMatchObject(CANCELLED);
  });

  it('that comes when the agent is done is the end all the same', async () => {
    const { record, worker } = await bench.prepare(SAID_DONE, {
      replace: ({ artifacts }) => ({
        artifacts: {
          ...artifacts,
          put: async (params) => {
            await bench.cancel(record);
            return await artifacts.put(params);
          },
        },
      }),
    });
    await runDispatch(worker);
    expect(await bench.recordOf(record)).toMatchObject({ ...CANCELLED, exitCode: 0 });
  });
});

describe('a worker that is told to end', () => {
  it('hastens an end that has begun when the record says that it was cancelled', async () => {
    const { script, begun } = stubborn();
    // Without the cancellation the agent would have an hour.
    const { record, worker } = await bench.prepare(script, { limits: { cancelPollMs: 3_600_000 } });
    const run = runDispatch(worker);
    await begun();
    await stopOnRequest(worker);
    expect(worker.stop.reason).toBe('terminated');
    await bench.cancel(record);
    await stopOnRequest(worker);
    await run;
    expect(await bench.recordOf(record)).toMatchObject(CANCELLED);
  });

  it('without a cancellation gives the agent its grace, and reports what was cut off', async () => {
    const { begun } = stubborn();
    const ready = join(bench.dataDir, 'ready');
    const script = `trap 'echo late > late.txt; exit 1' TERM; touch ${ready}; while :; do sleep 0.01; done`;
    const { record, worker } = await bench.prepare(script);
    const run = runDispatch(worker);
    await begun();
    await stopOnRequest(worker);
    await run;
    expect(await bench.recordOf(record)).toMatchObject({
      status: 'FAILED',
      failure: { class: 'worker_lost' },
    });
    expect(bench.artifactOf(record, 'changes.patch')).toContain('+late');
  });

  it('does not take that back which was completed', async () => {
    const { record, worker } = await bench.prepare(SAID_DONE, {
      replace: ({ artifacts }) => ({
        artifacts: {
          ...artifacts,
          put: async (params) => {
            worker.stop.stop('terminated');
            return await artifacts.put(params);
          },
        },
      }),
    });
    await runDispatch(worker);
    expect(await bench.recordOf(record)).toMatchObject({ status: 'COMPLETED' });
  });

  it('takes nothing on', async () => {
    const { record, worker } = await bench.prepare(SAID_DONE);
    await stopOnRequest(worker);
    expect(await runDispatch(worker)).toBe(0);
    expect(await bench.recordOf(record)).toMatchObject({ status: 'PENDING' });
  });
});

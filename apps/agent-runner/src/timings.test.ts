import { OutpostError, STAGES, type RecordIn } from '@outpost/contracts';
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { runDispatch } from './run-dispatch.js';
import { costsIn } from '@outpost/platform/testing';
import { RunBench, SAID_DONE, until } from './testing/run-bench.js';

let bench: RunBench;
beforeEach(async () => {
  bench = await RunBench.create();
});
afterEach(() => bench.close());

it('an end says what each phase took, and what went before', async () => {
  const { record, worker } = await bench.prepare(SAID_DONE);
  await runDispatch(worker);
  const { timings } = (await bench.recordOf(record)) as RecordIn<'COMPLETED'>;
  // The report is written while it is under way.
  const phases = STAGES.filter((stage) => stage !== 'report' && stage !== 'verify');
  expect(Object.keys(timings ?? {}).toSorted()).toEqual(['queue', 'launch', ...phases].toSorted());
});

it('a record whose worker is lost says what was behind it', async () => {
  const held = join(bench.dataDir, 'held');
  const { record, worker } = await bench.prepare(
    `touch ${held}; while test -e ${held}; do sleep 0.01; done; ${SAID_DONE}`,
  );
  const run = runDispatch(worker);
  await until(() => (existsSync(held) ? true : undefined));
  const { stage, timings } = (await bench.recordOf(record)) as RecordIn<'RUNNING'>;
  rmSync(held);
  await run;
  expect(stage).toBe('run');
  expect(Object.keys(timings ?? {}).toSorted()).toEqual(
    ['queue', 'launch', 'claim', 'workspace', 'clone', 'context'].toSorted(),
  );
});

it('an end is written again when the store did not answer, or its answer was lost', async () => {
  let tries = 0;
  const { record, worker } = await bench.prepare(SAID_DONE, {
    replace: ({ dispatches }) => ({
      dispatches: {
        ...dispatches,
        move: async (params) => {
          if (params.move.to !== 'COMPLETED') return await dispatches.move(params);
          tries += 1;
          if (tries === 2) await dispatches.move(params);
          if (tries <= 2) throw new OutpostError('SERVICE_UNAVAILABLE', 'The store does not answer.');
          return await dispatches.move(params);
        },
      },
    }),
  });
  expect(await runDispatch(worker)).toBe(0);
  expect(tries).toBe(3);
  expect(await bench.recordOf(record)).toMatchObject({ status: 'COMPLETED' });
  expect(await costsIn(bench.platform.outbox)).toHaveLength(1);
  // It knows its own end when it sees it: the workspace is still its to delete.
  expect(existsSync(join(bench.dataDir, 'workspaces', record.tenantId, record.workspaceId))).toBe(false);
});

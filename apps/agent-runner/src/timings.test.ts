import { STAGES, type RecordIn } from '@outpost/contracts';
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { runDispatch } from './run-dispatch.js';
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

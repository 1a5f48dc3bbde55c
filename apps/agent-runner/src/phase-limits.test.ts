import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { hasAbandonedWork } from './abandoned-work.js';
import { runDispatch } from './run-dispatch.js';
import { HANGING_STAGES, hangIn } from './testing/hangs.js';
import { RunBench, SAID_DONE } from './testing/run-bench.js';

let bench: RunBench;
beforeEach(async () => {
  bench = await RunBench.create();
});
afterEach(() => bench.close());

describe('a phase that hangs', () => {
  it.each(HANGING_STAGES)('is ended at its limit, and named: %s', async (stage) => {
    const hang = await hangIn(stage, bench.dataDir);
    const phaseTimeoutMs = { [stage]: 2_000 };
    const { record, worker } = await bench.prepare(SAID_DONE, { ...hang.options, phaseTimeoutMs });
    const exitCode = await runDispatch(worker);
    expect(exitCode).toBe(stage === 'collect' || stage === 'upload' ? 0 : 125);
    const message = `The ${stage} phase took longer than 2 s and was stopped.`;
    expect(await bench.recordOf(record)).toMatchObject({
      status: 'FAILED',
      failure: { class: 'phase_timed_out', retryable: true, message },
      timings: { [stage]: expect.any(Number) },
    });
    await hang.ended();
  });

  it('that cannot be told to end is left behind, and known to be', async () => {
    const hang = await hangIn('workspace', bench.dataDir);
    const phaseTimeoutMs = { workspace: 10 };
    const { worker } = await bench.prepare(SAID_DONE, { ...hang.options, phaseTimeoutMs });
    await runDispatch(worker);
    expect(hasAbandonedWork()).toBe(true);
  });

  it('rejects when it is the report: then nobody knows how it ended', async () => {
    const { record, worker } = await bench.prepare(SAID_DONE, {
      phaseTimeoutMs: { report: 100 },
      replace: ({ dispatches }) => ({
        dispatches: {
          ...dispatches,
          move: (params) =>
            params.move.to === 'RUNNING' ? dispatches.move(params) : new Promise<never>(() => {}),
        },
      }),
    });
    await expect(runDispatch(worker)).rejects.toMatchObject({ failureClass: 'phase_timed_out' });
    expect(await bench.recordOf(record)).toMatchObject({ status: 'RUNNING', stage: 'report' });
  });
});

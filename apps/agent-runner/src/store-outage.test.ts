import { OutpostError } from '@outpost/contracts';
import { costsIn } from '@outpost/platform/testing';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { runDispatch } from './run-dispatch.js';
import { RunBench, SAID_DONE } from './testing/run-bench.js';

let bench: RunBench;
beforeEach(async () => {
  bench = await RunBench.create();
});
afterEach(() => bench.close());

it('what a tenant says to its agents is read again when the store did not answer', async () => {
  let tries = 0;
  const { record, worker } = await bench.prepare(SAID_DONE, {
    replace: ({ contextDocuments }) => ({
      contextDocuments: {
        ...contextDocuments,
        list: async (params) => {
          tries += 1;
          if (tries === 1) throw new OutpostError('SERVICE_UNAVAILABLE', 'The store does not answer.');
          return await contextDocuments.list(params);
        },
      },
    }),
  });
  expect(await runDispatch(worker)).toBe(0);
  expect(tries).toBe(2);
  expect(await bench.recordOf(record)).toMatchObject({ status: 'COMPLETED' });
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

import type { RecordIn } from '@outpost/contracts';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runDispatch } from '../run-dispatch.js';
import { RunBench, SAID_DONE } from '../testing/run-bench.js';

const MB = 1024 ** 2;
const limits = { diskWatchIntervalMs: 10 };
/** For ever, unless it is ended. */
const FILL = 'i=0; while :; do head -c 1000000 /dev/zero > "big-$i"; i=$((i+1)); done';
const FILL_WITH_FILES = 'i=0; while :; do : > "f-$i"; i=$((i+1)); done';

let bench: RunBench;
beforeEach(async () => {
  bench = await RunBench.create();
});
afterEach(() => bench.close());

const run = async (script: string, spec: Parameters<RunBench['prepare']>[1] = {}) => {
  const { record, worker } = await bench.prepare(script, { limits, ...spec });
  const exitCode = await runDispatch(worker);
  return { record: (await bench.recordOf(record)) as RecordIn<'FAILED'>, exitCode };
};

describe('an agent that fills the disk', () => {
  it.each([
    ['its repository', FILL],
    ['its home', `cd "$HOME"; ${FILL}`],
    ['its temporary directory', `cd "$TMPDIR"; ${FILL}`],
    ['its artifacts', `cd ../artifacts; ${FILL}`],
    ['a directory beside these', `mkdir ../other; cd ../other; ${FILL}`],
  ])('is ended: %s', async (_, script) => {
    const { record, exitCode } = await run(`echo kept > kept.txt; trap '' TERM; ${script}`, {
      spec: { workspaceLimits: { megabytes: 20, files: 100_000 } },
      limits: { ...limits, cancelGraceMs: 50 },
    });
    expect(record).toMatchObject({
      status: 'FAILED',
      failure: { class: 'workspace_full', retryable: false },
    });
    expect(record.failure?.message).toMatch(
      /took \d+ MB or more on disk, and may take 20 MB\. The agent was ended\./,
    );
    expect(exitCode).toBe(0);
    // What it did is collected all the same.
    expect(bench.artifactOf(record, 'changes.patch')).toContain('+kept');
    expect(bench.artifactOf(record, 'output.log')).toContain('may take 20 MB');
  });

  it('is ended for the number of its files', async () => {
    const { record } = await run(FILL_WITH_FILES, {
      spec: { workspaceLimits: { megabytes: 1_000, files: 500 } },
    });
    expect(record.failure).toMatchObject({ class: 'workspace_full' });
    expect(record.failure?.message).toMatch(/held \d+ files or more, and may hold 500\./);
  });

  it('is not even begun where its workspace is full already', async () => {
    const spec = {
      workspaceMode: 'persistent',
      workspaceLimits: { megabytes: 2, files: 1_000 },
    } as const;
    const { record, worker } = await bench.prepare(`touch ${join(bench.dataDir, 'began')}`, { spec, limits });
    const root = join(bench.dataDir, 'workspaces', record.tenantId, record.workspaceId, 'repo');
    mkdirSync(root, { recursive: true });
    writeFileSync(join(root, '..', 'large'), Buffer.alloc(3 * MB, 1));
    expect(await runDispatch(worker)).toBe(125);
    expect(await bench.recordOf(record)).toMatchObject({
      status: 'FAILED',
      failure: { class: 'workspace_full', retryable: false },
    });
    expect(existsSync(join(bench.dataDir, 'began'))).toBe(false);
  });

  it('is left alone below its limits', async () => {
    const { record } = await run(`head -c 3000000 /dev/zero > file; sleep 0.1; ${SAID_DONE}`, {
      spec: { workspaceLimits: { megabytes: 60, files: 1_000 } },
    });
    expect(record).toMatchObject({ status: 'COMPLETED', changes: { filesChanged: 1 } });
  });
});

describe('what a persistent workspace holds', () => {
  const workspace = () => ({ tenantId: 'acme', workspaceId: crypto.randomUUID() });
  const usageOf = async (key: { tenantId: string; workspaceId: string }) =>
    (await bench.platform.workspaces.useOf(key)).usage;

  it('is told at the end of each dispatch, without what no other is to find there', async () => {
    const key = workspace();
    const spec = { workspaceId: key.workspaceId, workspaceMode: 'persistent' } as const;
    const script = `head -c 3000000 /dev/zero > file; head -c 9000000 /dev/zero > "$HOME/cache"; ${SAID_DONE}`;
    const first = await run(script, { spec });
    const usage = await usageOf(key);
    expect(usage?.sizeBytes).toBeGreaterThan(3_000_000);
    expect(usage?.sizeBytes).toBeLessThan(9_000_000);
    expect(Date.parse(usage?.measuredAt ?? '')).toBeLessThanOrEqual(Date.now());
    const root = join(bench.dataDir, 'workspaces', 'acme', key.workspaceId);
    for (const name of ['home', 'tmp']) expect(existsSync(join(root, name))).toBe(false);
    expect(first.record.status).toBe('COMPLETED');
    await run(`rm file; ${SAID_DONE}`, { spec });
    expect((await usageOf(key))?.sizeBytes).toBeLessThan(3_000_000);
  });

  it('is told of one that failed or was cancelled, too', async () => {
    const key = workspace();
    const spec = { workspaceId: key.workspaceId, workspaceMode: 'persistent' } as const;
    await run('exit 1', { spec });
    expect((await usageOf(key))?.files).toBeGreaterThan(5);
  });
});

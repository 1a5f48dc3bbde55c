import type { DispatchSpec, RecordIn } from '@outpost/contracts';
import type { WorkspaceArchives } from '@outpost/platform';
import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runDispatch } from '../run-dispatch.js';
import { RunBench, SAID_DONE, type PrepareOptions } from '../testing/run-bench.js';

let bench: RunBench;
let workspaceId: string;
beforeEach(async () => {
  bench = await RunBench.create();
  workspaceId = randomUUID();
});
afterEach(() => bench.close());

const root = () => join(bench.dataDir, 'workspaces', 'acme', workspaceId);
const archivesDir = () => join(bench.dataDir, 'workspace-archives', 'acme', workspaceId);
const useOf = () => bench.platform.workspaces.useOf({ tenantId: 'acme', workspaceId });

/** Runs one dispatch in the workspace, and resolves with its end and what it said. */
async function run(script: string, spec: Partial<DispatchSpec> = {}, options: PrepareOptions = {}) {
  const { record, worker } = await bench.prepare(`${script}\n${SAID_DONE}`, {
    ...options,
    spec: { workspaceId, workspaceMode: 'persistent', ...spec },
  });
  await runDispatch(worker);
  const ended = (await bench.recordOf(record)) as RecordIn<'COMPLETED'>;
  return {
    ...ended,
    log: bench.artifactOf(record, 'output.log') ?? '',
    patch: bench.artifactOf(record, 'changes.patch') ?? '',
  };
}

const archived = (script: string, options?: PrepareOptions) =>
  run(script, { archiveWorkspace: true }, options);

describe('a workspace that is archived', () => {
  it('leaves its volume, and is restored for the next dispatch with all that was not committed', async () => {
    const first = await archived(
      'echo one > one.txt; git add one.txt; echo two > two.txt; mkdir -p ../artifacts; echo a > ../artifacts/a',
    );
    expect(first.status).toBe('COMPLETED');
    expect(readdirSync(root())).toEqual([]);
    expect(await useOf()).toMatchObject({ generation: 1, volumeGeneration: 1, archive: { generation: 1 } });
    const second = await run(
      'cat one.txt two.txt ../artifacts/a; git status --short; echo three > three.txt',
    );
    expect(second).toMatchObject({ status: 'COMPLETED' });
    expect(second.log).toContain('Restored the workspace as it was archived at');
    for (const line of ['one', 'two', 'A  one.txt', '?? two.txt']) expect(second.log).toContain(line);
    // Against the same base as ever.
    for (const line of ['+one', '+two', '+three']) expect(second.patch).toContain(line);
    expect(await useOf()).toMatchObject({ generation: 2, volumeGeneration: 2, archive: { generation: 1 } });
  });

  it('can be archived again and again', async () => {
    for (const round of [1, 2, 3]) await archived(`echo ${round} >> rounds.txt`);
    expect(readdirSync(root())).toEqual([]);
    expect((await run('cat rounds.txt')).patch).toContain('+1\n+2\n+3');
  });

  it('is not, when the run is told to stop', async () => {
    const { record, worker } = await bench.prepare('echo kept > kept.txt; sleep 60', {
      spec: { workspaceId, workspaceMode: 'persistent', archiveWorkspace: true },
      limits: { agentGraceMs: 100 },
    });
    const running = runDispatch(worker);
    await bench.cancel(record);
    await running;
    expect((await useOf()).archive).toBeUndefined();
    expect((await bench.recordOf(record)).status).toBe('CANCELLED');
  });
});

describe('an older state', () => {
  it('is never put over a newer one on the volume', async () => {
    await archived('echo old > state.txt');
    await run('echo new > state.txt');
    const third = await run('cat state.txt');
    expect(third.log).not.toContain('Restored');
    expect(third.patch).toContain('+new');
  });

  it('is not put over what a worker did that was killed before it could say so', async () => {
    await archived('echo old > state.txt');
    // It has the volume, and has restored; then it is gone.
    const { record, worker } = await bench.prepare('echo new > state.txt; sleep 60', {
      spec: { workspaceId, workspaceMode: 'persistent' },
      limits: { agentGraceMs: 50 },
    });
    const running = runDispatch(worker);
    await expect.poll(() => existsSync(join(root(), 'repo', 'state.txt'))).toBe(true);
    await expect.poll(async () => (await useOf()).volumeGeneration).toBe(2);
    worker.stop.stop('lost');
    await running;
    const { tenantId, dispatchId } = record;
    await bench.platform.dispatches.move({
      tenantId,
      dispatchId,
      move: { to: 'FAILED', completedAt: new Date().toISOString(), exitCode: null, errorMessage: null },
    });
    expect(await useOf()).toMatchObject({ archive: { generation: 1 }, volumeGeneration: 2 });
    const next = await run('cat state.txt');
    expect(next.log).not.toContain('Restored');
  });

  it('is not what a dispatch gets when the volume was lost', async () => {
    await archived('echo old > state.txt');
    await run('echo new > state.txt');
    rmSync(root(), { recursive: true });
    const { status, failure } = await run('cat state.txt');
    expect(status).toBe('FAILED');
    expect(failure).toMatchObject({ class: 'workspace_failed' });
    expect(failure?.message).toContain('is gone: its volume has generation 0, and should have 2');
  });

  it('does not come from a worker that was given up and archives late', async () => {
    await run('echo first > state.txt');
    const { worker } = await bench.prepare(`echo late > late.txt\n${SAID_DONE}`, {
      spec: { workspaceId, workspaceMode: 'persistent', archiveWorkspace: true },
      // While it uploads, another attempt has begun.
      replace: ({ workspaceArchives }) => ({
        workspaceArchives: {
          ...workspaceArchives,
          put: async (params) => {
            const { workspaceReports } = bench.openReports();
            await workspaceReports.begin({ ...worker.key, workspaceId });
            return workspaceArchives.put(params);
          },
        },
      }),
    });
    await runDispatch(worker);
    expect((await useOf()).archive).toBeUndefined();
    expect(existsSync(join(root(), 'repo', 'late.txt'))).toBe(true);
    expect((await run('cat late.txt')).status).toBe('COMPLETED');
  });
});

describe('what breaks off', () => {
  const failing = (of: Partial<WorkspaceArchives>): PrepareOptions => ({
    replace: ({ workspaceArchives }) => ({ workspaceArchives: { ...workspaceArchives, ...of } }),
  });
  const broken = async (): Promise<never> => {
    throw new Error('the store is away');
  };

  it('an upload: the workspace stays where it is, with nothing left of the archive', async () => {
    const first = await archived('echo one > one.txt', failing({ put: broken }));
    expect(first.status).toBe('COMPLETED');
    expect((await useOf()).archive).toBeUndefined();
    expect(readdirSync(join(root(), '.outpost'))).not.toContain('archive.tar.gz');
    expect((await run('cat one.txt')).patch).toContain('+one');
  });

  it('a worker between the upload and the end: the volume has the same', async () => {
    const first = await archived('echo one > one.txt', {
      replace: ({ workspaceReports }) => ({
        workspaceReports: {
          ...workspaceReports,
          report: async (params) => {
            const isReported = await workspaceReports.report(params);
            return params.archive === undefined ? isReported : broken();
          },
        },
      }),
    });
    expect(first.status).toBe('COMPLETED');
    expect(await useOf()).toMatchObject({ archive: { generation: 1 }, volumeGeneration: 1 });
    const second = await run('cat one.txt');
    expect(second.log).not.toContain('Restored');
    expect(second.patch).toContain('+one');
  });

  it('a worker that frees the volume: half of it does not pass for all', async () => {
    await archived('echo one > one.txt; echo two > two.txt');
    // What it has not come to yet.
    mkdirSync(join(root(), 'repo'), { recursive: true });
    writeFileSync(join(root(), 'repo', 'one.txt'), 'one\n');
    const { patch } = await run('cat two.txt');
    for (const line of ['+one', '+two']) expect(patch).toContain(line);
  });

  it('a restoration: the next dispatch restores it whole', async () => {
    await archived('echo one > one.txt; echo two > two.txt');
    const second = await run('cat one.txt', {}, failing({ fetch: broken }));
    expect(second).toMatchObject({ status: 'FAILED', failure: { class: 'workspace_failed' } });
    // And one that was killed in the middle of it.
    mkdirSync(join(root(), '.outpost', 'restore', 'repo'), { recursive: true });
    mkdirSync(join(root(), 'repo'), { recursive: true });
    writeFileSync(join(root(), 'repo', 'half.txt'), 'half');
    const third = await run('cat one.txt two.txt; ls');
    expect(third).toMatchObject({ status: 'COMPLETED' });
    expect(third.patch).not.toContain('half');
  });

  it('half an archive is never restored', async () => {
    await archived('echo one > one.txt');
    truncateSync(join(archivesDir(), '1.tar.gz'), 50);
    const { status, failure } = await run('cat one.txt');
    expect([status, failure?.class]).toEqual(['FAILED', 'workspace_failed']);
    expect(failure?.message).toContain('cannot be restored: it is not as it was stored');
    rmSync(archivesDir(), { recursive: true });
    expect((await run('true')).failure?.message).toContain('cannot be restored: it is not there');
  });
});

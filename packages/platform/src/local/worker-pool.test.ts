import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { ControlPlatform, WorkerPlatform } from '../ports/index.js';
import { agentProcessesOf, identify, isAlive, killProcesses } from '../process/index.js';
import { runInChild } from '../testing/child-node.js';
import {
  createTemporaryLocalPlatform,
  describeWorkerPoolConformance,
  newDispatchId,
  POOL_SECRETS,
} from '../testing/index.js';
import { createRelayedWorker } from '../testing/relayed-worker.js';
import { createLocalWorkerPlatform } from './index.js';

const PATIENCE_MS = 20_000;

const eventually = <T>(check: () => T | Promise<T>): Promise<T> =>
  vi.waitFor(check, { timeout: PATIENCE_MS, interval: 20 });

/** A data directory with secrets, whose warm workers are played by the test. */
async function createWorkshop() {
  const local = await createTemporaryLocalPlatform();
  const { dataDir, clock } = local;
  const relay = await createRelayedWorker({ directory: join(dataDir, '..', 'relay') });
  await mkdir(dataDir, { mode: 0o700 });
  const { fleet, tenants } = POOL_SECRETS;
  await writeFile(join(dataDir, 'secrets.json'), JSON.stringify({ ...fleet, tenants }), { mode: 0o600 });
  const worker = { command: relay.command, env: relay.env, stopGraceMs: 2_000 };
  const workers: WorkerPlatform[] = [];
  return {
    ...local,
    worker,
    open: () => local.open({ worker }),
    async assignmentsOf(workerId: string) {
      const work = { workerId, stdin: await relay.stdinOf(workerId) };
      const executables = { commands: {}, agentsDir: '', path: '' };
      const platform = createLocalWorkerPlatform({ dataDir, clock, executables, work });
      workers.push(platform);
      return platform.assignments;
    },
    async cleanup() {
      await relay.close();
      for (const platform of workers) await platform.close();
      await local.cleanup();
    },
  };
}

describeWorkerPoolConformance('local', {
  patienceMs: PATIENCE_MS,
  async create() {
    const { open, assignmentsOf, cleanup } = await createWorkshop();
    return { pools: [open().pool], assignmentsOf, cleanup };
  },
});

/** A worker that waits for its first assignment. */
async function start() {
  const workshop = await createWorkshop();
  onTestFinished(workshop.cleanup, PATIENCE_MS);
  const control = workshop.open();
  const workerId = randomUUID();
  const taskArn = `outpost:local:task/worker-${workerId}`;
  await control.pool.start({ workerId, agent: 'claude', tier: 'fast' });
  const assignments = await workshop.assignmentsOf(workerId);
  const ending = new AbortController();
  onTestFinished(() => ending.abort());
  const given = assignments.next({ signal: ending.signal });
  const { pid } = readTask(workshop.dataDir, taskArn);
  const assignment = { workerId, tenantId: 'acme', dispatchId: newDispatchId(), secrets: [] };
  return { ...workshop, control, workerId, taskArn, assignments, given, pid, assignment };
}

const workerIn = async ({ pool }: ControlPlatform) => (await pool.list())[0];
const stateOf = async ({ tasks }: ControlPlatform, taskArn: string) =>
  (await tasks.describe({ taskArns: [taskArn] }))[0];

describe('a warm worker of this machine', { timeout: PATIENCE_MS * 2 }, () => {
  it('is told who it is, of no tenant, and has a task and a log of its own', async () => {
    const { control, dataDir, workerId, taskArn, pid, worker } = await start();
    expect(await workerIn(control)).toMatchObject({ taskArn, state: 'IDLE' });
    expect(await stateOf(control, taskArn)).toEqual({ taskArn, state: 'RUNNING' });
    expect(await control.tasks.listLive()).toEqual([]);
    expect(environmentOf(pid)).toEqual({
      ...worker.env,
      OUTPOST_WORKER_ID: workerId,
      OUTPOST_TASK_ARN: taskArn,
      OUTPOST_DATA_DIR: dataDir,
    });
    expect((await stat(join(dataDir, 'workers', `worker-${workerId}.log`))).mode & 0o777).toBe(0o600);
  });

  it('that cannot be started is forgotten', async () => {
    const { open, cleanup } = await createTemporaryLocalPlatform();
    onTestFinished(cleanup);
    const { pool, tasks } = open({ worker: { command: ['/no/such/worker'], env: {}, stopGraceMs: 100 } });
    const workerId = randomUUID();
    await expect(pool.start({ workerId, agent: 'claude', tier: 'fast' })).rejects.toMatchObject({
      code: 'SERVICE_UNAVAILABLE',
    });
    expect(await pool.list()).toEqual([]);
    const taskArn = `outpost:local:task/worker-${workerId}`;
    expect(await tasks.describe({ taskArns: [taskArn] })).toEqual([{ taskArn, state: 'MISSING' }]);
  });

  it('ends when it is retired, and is forgotten with its task', async () => {
    const { control, workerId, taskArn, given } = await start();
    expect(await control.pool.retire({ workerId })).toBe(true);
    expect(await given).toBeUndefined();
    await eventually(async () => expect(await stateOf(control, taskArn)).toMatchObject({ state: 'STOPPED' }));
    await control.pool.remove({ workerId });
    expect(await stateOf(control, taskArn)).toEqual({ taskArn, state: 'MISSING' });
  });

  it('ends when its control plane does', async () => {
    const { control, open, given, taskArn, pid } = await start();
    const worker = identify(pid)!;
    await control.close();
    expect(await given).toBeUndefined();
    const next = open();
    expect(await workerIn(next)).toMatchObject({ state: 'STOPPING' });
    await eventually(() => expect(isAlive(worker)).toBe(false));
    expect(await stateOf(next, taskArn)).toMatchObject({ state: 'STOPPED' });
  });

  it('does what it was given before its control plane ended, and then ends', async () => {
    const { control, given, assignments, assignment } = await start();
    expect(await control.pool.assign(assignment)).toBe(true);
    await control.close();
    expect(await given).toMatchObject({ dispatchId: assignment.dispatchId });
    expect(await assignments.next({ signal: new AbortController().signal })).toBeUndefined();
  });

  it('is not given anything once it is dead', async () => {
    const { control, pid, assignment, taskArn } = await start();
    killProcesses([identify(pid)!]);
    await eventually(async () => expect(await stateOf(control, taskArn)).toMatchObject({ state: 'STOPPED' }));
    expect(await control.pool.assign(assignment)).toBe(false);
    expect(await workerIn(control)).toMatchObject({ state: 'STOPPING' });
  });

  it('is left to the control plane that has started it, for as long as that lives', async () => {
    const { open, dataDir, taskArn, assignment } = await start();
    const rival = runInChild('setInterval(() => {}, 1_000)');
    onTestFinished(() => rival.kill());
    const launcher = identify(rival.pid)!;
    writeTask(dataDir, taskArn, { launcherPid: launcher.pid, launcherStartedAt: launcher.startedAt });
    const other = open();
    expect(await other.pool.assign(assignment)).toBe(false);
    expect(await workerIn(other)).toMatchObject({ state: 'IDLE' });
    rival.kill();
    await eventually(() => expect(isAlive(launcher)).toBe(false));
    expect(await other.pool.assign(assignment)).toBe(false);
    expect(await workerIn(other)).toMatchObject({ state: 'STOPPING' });
  });

  it('is not given a dispatch whose secrets cannot be read', async () => {
    const { control, dataDir, assignment } = await start();
    await writeFile(join(dataDir, 'secrets.json'), 'broken');
    const secrets = [{ kind: 'tenant', name: 'NPM_TOKEN' }] as const;
    await expect(control.pool.assign({ ...assignment, secrets })).rejects.toMatchObject({
      code: 'SERVICE_UNAVAILABLE',
    });
    expect(await workerIn(control)).toMatchObject({ state: 'IDLE' });
  });

  it('that dies with a dispatch does not leave the agent of that behind', async () => {
    const { control, pid, assignment, taskArn } = await start();
    await control.pool.assign(assignment);
    const agent = runInChild(
      `import { spawn } from 'node:child_process';
       const env = { OUTPOST_AGENT_RUN: ${JSON.stringify(assignment.dispatchId)} };
       spawn(process.execPath, ['-e', 'setInterval(() => {}, 1_000)'], { env, stdio: 'ignore', detached: true }).unref();`,
    );
    await agent.output;
    expect(agentProcessesOf(assignment)).toHaveLength(1);
    killProcesses([identify(pid)!]);
    await eventually(async () => expect(await stateOf(control, taskArn)).toMatchObject({ state: 'STOPPED' }));
    expect(agentProcessesOf(assignment)).toEqual([]);
  });
});

function readTask(dataDir: string, taskArn: string): { readonly pid: number } {
  const database = new DatabaseSync(join(dataDir, 'outpost.db'));
  const row = database.prepare('SELECT pid FROM tasks WHERE taskArn = ?').get(taskArn);
  database.close();
  return { pid: Number(row?.['pid']) };
}

function writeTask(
  dataDir: string,
  taskArn: string,
  columns: Readonly<Record<string, string | number>>,
): void {
  const database = new DatabaseSync(join(dataDir, 'outpost.db'));
  const names = Object.keys(columns).map((name) => `${name} = ?`);
  const sql = `UPDATE tasks SET ${names.join(', ')} WHERE taskArn = ?`;
  database.prepare(sql).run(...Object.values(columns), taskArn);
  database.close();
}

/** Linux tells it of a process of one's own. */
function environmentOf(pid: number): Readonly<Record<string, string>> {
  const entries = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').slice(0, -1);
  return Object.fromEntries(entries.map((entry) => entry.split(/=(.*)/s).slice(0, 2) as [string, string]));
}

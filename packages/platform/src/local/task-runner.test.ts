import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Readable } from 'node:stream';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { ControlPlatform, LaunchTaskParams, TaskRunner } from '../ports/index.js';
import { agentProcessesOf, identify, isAlive, killAgentProcesses, killProcesses } from '../process/index.js';
import { UNCONFINED } from '../sandbox/index.js';
import { runInChild } from '../testing/child-node.js';
import {
  createScriptedWorker,
  createTemporaryLocalPlatform,
  describeTaskRunnerConformance,
  newDispatchId,
  type WorkerBehaviour,
} from '../testing/index.js';
import { deliveredSecrets, type LocalControlPlatformOptions } from './index.js';

const PATIENCE_MS = 20_000;
const DEAD_LAUNCHER = { pid: 4_194_303, startedAt: 'before' };

const eventually = <T>(check: () => T | Promise<T>): Promise<T> =>
  vi.waitFor(check, { timeout: PATIENCE_MS, interval: 20 });

/** A data directory whose workers behave so. `cleanup` ends all of them. */
async function createWorkshop(behaviour: WorkerBehaviour) {
  const local = await createTemporaryLocalPlatform();
  const { reportsOf, ...scripted } = await createScriptedWorker({
    directory: join(local.dataDir, '..', 'reports'),
    behaviour,
  });
  const worker = { ...scripted, stopGraceMs: 100 };
  const launched = new Set<string>();
  const open = (overrides: Partial<LocalControlPlatformOptions> = {}): ControlPlatform => {
    const platform = local.open({ worker, ...overrides });
    return { ...platform, tasks: recording(platform.tasks, launched) };
  };
  const cleanup = async (): Promise<void> => {
    const { tasks } = open();
    for (const taskArn of launched) await tasks.stop({ taskArn });
    await eventually(async () => {
      const states = (await tasks.describe({ taskArns: [...launched] })).map(({ state }) => state);
      expect(states).not.toContain('RUNNING');
    });
    for (const taskArn of launched)
      await killAgentProcesses({ dispatchId: taskArn.split('/')[1]!.slice(0, 26) });
    await local.cleanup();
  };
  return { ...local, open, worker, reportsOf, cleanup };
}

function recording(tasks: TaskRunner, launched: Set<string>): TaskRunner {
  return {
    ...tasks,
    async launch(params) {
      const result = await tasks.launch(params);
      launched.add(result.taskArn);
      return result;
    },
  };
}

describeTaskRunnerConformance('local', {
  patienceMs: PATIENCE_MS,
  async create({ worker }) {
    const workshop = await createWorkshop(worker);
    return {
      tasks: workshop.open().tasks,
      other: workshop.open().tasks,
      countWorkers: async (dispatchId) => workshop.reportsOf(dispatchId).length,
      countAgents: async (dispatchId) => agentProcessesOf({ dispatchId }).length,
      cleanup: workshop.cleanup,
    };
  },
});

async function start(behaviour: WorkerBehaviour) {
  const workshop = await createWorkshop(behaviour);
  onTestFinished(workshop.cleanup, PATIENCE_MS);
  const dispatchId = newDispatchId();
  const params: LaunchTaskParams = {
    clientToken: dispatchId,
    tenantId: 'acme',
    dispatchId,
    agent: 'claude',
    tier: 'fast',
    workspaceId: randomUUID(),
    workspaceMode: 'ephemeral',
    secrets: [{ kind: 'agent', agent: 'claude' }, { kind: 'github' }, { kind: 'tenant', name: 'MISSING' }],
  };
  const reported = () => eventually(() => workshop.reportsOf(dispatchId)[0] ?? expect.fail('no report yet'));
  return { ...workshop, params, taskArn: `outpost:local:task/${dispatchId}`, reported };
}

const stateOf = async (tasks: TaskRunner, taskArn: string) =>
  (await tasks.describe({ taskArns: [taskArn] }))[0];

describe('a local worker', { timeout: PATIENCE_MS * 2 }, () => {
  it('has an environment of its own, and its secrets on stdin alone', async () => {
    const { open, dataDir, params, reported, taskArn } = await start('ends-when-asked');
    const { tasks } = open({
      environment: { ANTHROPIC_API_KEY: 'claude-key', OPENAI_API_KEY: 'codex-key', GH_TOKEN: 'gh' },
    });
    expect(await tasks.launch(params)).toEqual({ taskArn });
    const { environment, stdin, pid } = await reported();
    expect(environment).toEqual({
      REPORT_DIR: expect.any(String) as string,
      OUTPOST_TENANT_ID: 'acme',
      OUTPOST_TASK_ARN: taskArn,
      OUTPOST_DISPATCH_ID: params.dispatchId,
      OUTPOST_DATA_DIR: dataDir,
    });
    expect(stdin).not.toContain('codex-key');
    const secrets = await deliveredSecrets(Readable.from([stdin]));
    const values = params.secrets.map((reference) => secrets.get({ tenantId: 'acme', reference }));
    expect(await Promise.all(values)).toEqual(['claude-key', 'gh', undefined]);
    // Leader of its own process group, so that the group can be ended with it.
    expect(readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1]?.split(' ')[2]).toBe(String(pid));
    const log = join(dataDir, 'workers', `${params.dispatchId}.log`);
    expect((await stat(log)).mode & 0o777).toBe(0o600);
  });

  it('writes what it prints to its log, one after another', async () => {
    const { open, dataDir, params } = await start('exits-0');
    const command = [process.execPath, '-e', "console.log('out'); console.error('err')"];
    const { tasks } = open({ worker: { command, env: {}, stopGraceMs: 100 } });
    for (const clientToken of [params.clientToken, `${params.clientToken}-1`]) {
      const { taskArn } = await tasks.launch({ ...params, clientToken });
      await eventually(async () => expect(await stateOf(tasks, taskArn)).toMatchObject({ state: 'STOPPED' }));
    }
    const log = await readFile(join(dataDir, 'workers', `${params.dispatchId}.log`), 'utf8');
    expect(log).toBe('out\nerr\nout\nerr\n');
  });

  it('that cannot be started leaves the token free', async () => {
    const { open, params, reported, taskArn } = await start('ends-when-asked');
    const broken = open({ worker: { command: ['/no/such/worker'], env: {}, stopGraceMs: 100 } });
    await expect(broken.tasks.launch(params)).rejects.toMatchObject({
      code: 'SERVICE_UNAVAILABLE',
      message: expect.stringContaining('ENOENT') as string,
    });
    expect(await stateOf(broken.tasks, taskArn)).toMatchObject({ state: 'MISSING' });
    await open().tasks.launch(params);
    await reported();
  });

  it('is not started without the secrets that it may need', async () => {
    const { open, dataDir, params, taskArn, reportsOf } = await start('exits-0');
    const { tasks } = open();
    await writeFile(join(dataDir, 'secrets.json'), '{}', { mode: 0o644 });
    await expect(tasks.launch(params)).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
    expect(await stateOf(tasks, taskArn)).toMatchObject({ state: 'MISSING' });
    expect(reportsOf(params.dispatchId)).toEqual([]);
  });

  it('that is killed leaves nothing of its sandbox, or it is said what', async () => {
    const { open, params, reported, taskArn } = await start('ends-when-asked');
    const reaped: string[] = [];
    const reap = async (dispatchId: string): Promise<void> => {
      reaped.push(dispatchId);
      throw new Error('The engine does not answer.');
    };
    const { tasks } = open({ sandboxes: { ...UNCONFINED, reap } });
    await tasks.launch(params);
    process.kill((await reported()).pid, 'SIGKILL');
    await eventually(async () =>
      expect(await stateOf(tasks, taskArn)).toMatchObject({
        state: 'STOPPED',
        stoppedReason: 'killed by SIGKILL; The engine does not answer.',
      }),
    );
    expect(reaped).toEqual([params.dispatchId]);
  });

  it('runs on when the control plane closes, and the next one knows it', async () => {
    const { open, params, reported, taskArn } = await start('ends-when-asked');
    const first = open();
    await first.tasks.launch(params);
    const { pid } = await reported();
    await first.close();
    expect(identify(pid)).toBeDefined();
    expect(await stateOf(open().tasks, taskArn)).toMatchObject({ state: 'RUNNING' });
  });

  it('runs on when the control plane is killed, and the next one ends it with its agent', async () => {
    const { open, dataDir, worker, params, reported, taskArn } = await start('ignores-requests');
    const control = runInChild(
      `import { createLocalControlPlatform } from ${JSON.stringify(new URL('./index.ts', import.meta.url).href)};
       const [options, params] = process.argv.slice(1).map((text) => JSON.parse(text));
       const platform = createLocalControlPlatform({ ...options, clock: Date, environment: {} });
       await platform.tasks.launch(params);
       setInterval(() => {}, 1_000);`,
      [
        JSON.stringify({ dataDir, worker, executables: { commands: {}, agentsDir: '', path: '' } }),
        JSON.stringify(params),
      ],
    );
    onTestFinished(() => control.kill());
    const { pid } = await reported();
    const process = identify(pid)!;
    control.kill();
    await expect(control.output).rejects.toThrow('SIGKILL');
    expect(isAlive(process)).toBe(true);
    const { tasks } = open();
    expect(await tasks.launch(params)).toEqual({ taskArn });
    expect(await stateOf(tasks, taskArn)).toMatchObject({ state: 'RUNNING' });
    await tasks.stop({ taskArn });
    await eventually(async () => expect(await stateOf(tasks, taskArn)).toMatchObject({ state: 'STOPPED' }));
    expect(await stateOf(tasks, taskArn)).toEqual({
      taskArn,
      state: 'STOPPED',
      exitCode: undefined,
      stoppedReason: 'ended while no control plane was watching',
    });
    expect(isAlive(process)).toBe(false);
    await eventually(() => expect(agentProcessesOf(params)).toEqual([]));
  });

  it('leaves its agent to the next control plane, when both are gone', async () => {
    const { open, params, reported, taskArn } = await start('ignores-requests');
    const first = open();
    await first.tasks.launch(params);
    const { pid, agentPid } = await reported();
    const agent = identify(agentPid!)!;
    await first.close();
    const process = identify(pid)!;
    killProcesses([process]);
    await eventually(() => expect(isAlive(process)).toBe(false));
    expect(isAlive(agent)).toBe(true);
    expect(await stateOf(open().tasks, taskArn)).toMatchObject({ state: 'STOPPED' });
    expect(isAlive(agent)).toBe(false);
  });

  it('does not cost the agent of a later worker of its dispatch', async () => {
    const { open, params, reportsOf } = await start('ignores-requests');
    const { tasks } = open();
    const first = await tasks.launch(params);
    await eventually(() => expect(reportsOf(params.dispatchId)).toHaveLength(1));
    await tasks.launch({ ...params, clientToken: `${params.clientToken}-1` });
    const later = await eventually(
      () => reportsOf(params.dispatchId)[1] ?? expect.fail('no second report yet'),
    );
    await tasks.stop(first);
    await eventually(async () =>
      expect(await stateOf(tasks, first.taskArn)).toMatchObject({ state: 'STOPPED' }),
    );
    expect(agentProcessesOf(params).map(({ pid }) => pid)).toContain(later.agentPid);
  });
});

describe('a task that was claimed and never started', { timeout: PATIENCE_MS * 2 }, () => {
  it('is stopped when its launcher is dead, and may be launched again', async () => {
    const { open, dataDir, params, reported, taskArn } = await start('ends-when-asked');
    const { tasks } = open();
    writeRow(dataDir, params, { launcherPid: DEAD_LAUNCHER.pid, launcherStartedAt: DEAD_LAUNCHER.startedAt });
    expect(await stateOf(tasks, taskArn)).toEqual({
      taskArn,
      state: 'STOPPED',
      stoppedReason: 'never started',
    });
    expect(await tasks.launch(params)).toEqual({ taskArn });
    await reported();
    expect(await stateOf(tasks, taskArn)).toMatchObject({ state: 'RUNNING' });
  });

  it('is starting while its launcher lives, for a while', async () => {
    const { open, clock, dataDir, params, reportsOf, taskArn } = await start('exits-0');
    const { tasks } = open();
    const self = identify(process.pid)!;
    writeRow(dataDir, params, {
      launcherPid: self.pid,
      launcherStartedAt: self.startedAt,
      launchedAtMs: clock.now(),
    });
    expect(await stateOf(tasks, taskArn)).toEqual({ taskArn, state: 'STARTING' });
    expect(await tasks.launch(params)).toEqual({ taskArn });
    expect(reportsOf(params.dispatchId)).toEqual([]);
    clock.advance(60_000);
    expect(await stateOf(tasks, taskArn)).toMatchObject({ state: 'STOPPED', stoppedReason: 'never started' });
  });
});

describe('a pid that was given to another process', () => {
  it('is not taken for the worker, nor signalled', async () => {
    const { open, dataDir, params, taskArn } = await start('exits-0');
    const bystander = runInChild('setInterval(() => {}, 1_000)');
    onTestFinished(() => bystander.kill());
    const identity = identify(bystander.pid)!;
    const { tasks } = open();
    writeRow(dataDir, params, { state: 'RUNNING', pid: identity.pid, processStartedAt: 'another time' });
    await tasks.stop({ taskArn });
    expect(await stateOf(tasks, taskArn)).toMatchObject({ state: 'STOPPED', exitCode: undefined });
    await tasks.stop({ taskArn });
    expect(isAlive(identity)).toBe(true);
  });
});

/** A row as a control plane left it that is not there any more. */
function writeRow(
  dataDir: string,
  params: LaunchTaskParams,
  columns: Readonly<Record<string, string | number>>,
): void {
  const row = {
    clientToken: params.clientToken,
    taskArn: `outpost:local:task/${params.clientToken}`,
    tenantId: params.tenantId,
    dispatchId: params.dispatchId,
    state: 'STARTING',
    launchedAtMs: 0,
    launcherPid: DEAD_LAUNCHER.pid,
    launcherStartedAt: DEAD_LAUNCHER.startedAt,
    ...columns,
  };
  const database = new DatabaseSync(join(dataDir, 'outpost.db'));
  const names = Object.keys(row);
  const sql = `INSERT INTO tasks (${names.join(', ')}) VALUES (${names.map(() => '?').join(', ')})`;
  database.prepare(sql).run(...Object.values(row));
  database.close();
}

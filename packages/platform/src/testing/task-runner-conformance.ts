import { randomUUID } from 'node:crypto';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { LaunchTaskParams, TaskDescription, TaskRunner } from '../ports/index.js';
import { newDispatchId } from './fixtures.js';
import { atOnce } from './harness.js';
import type { WorkerBehaviour } from './worker-scripts.js';

export interface TaskRunnerSubject {
  readonly tasks: TaskRunner;
  /** Another instance on the same data, which started none of the tasks: a control plane after a restart. */
  readonly other: TaskRunner;
  /** How many workers of the dispatch have come as far as their behaviour. */
  countWorkers(dispatchId: string): Promise<number>;
  /** How many agent processes of the dispatch are alive, whoever started them. */
  countAgents(dispatchId: string): Promise<number>;
  /** Ends all that is left, too. */
  cleanup(): Promise<void>;
}

export interface TaskRunnerHarness {
  /** `worker`: how every worker of this subject behaves. The grace before a kill is short. */
  create(params: { readonly worker: WorkerBehaviour }): Promise<TaskRunnerSubject>;
  /** Longest wait for a state to come, in milliseconds. */
  readonly patienceMs: number;
}

/** What every task runner must do. */
export function describeTaskRunnerConformance(name: string, harness: TaskRunnerHarness): void {
  const start = async (worker: WorkerBehaviour) => {
    const subject = await harness.create({ worker });
    onTestFinished(() => subject.cleanup(), harness.patienceMs);
    return { ...subject, params: launchParams() };
  };
  const eventually = <T>(check: () => Promise<T>): Promise<T> =>
    vi.waitFor(check, { timeout: harness.patienceMs, interval: 20 });
  const untilStopped = (tasks: TaskRunner, taskArn: string): Promise<TaskDescription> =>
    eventually(async () => {
      const task = await describeOne(tasks, taskArn);
      expect(task.state).toBe('STOPPED');
      return task;
    });

  describe(`TaskRunner: ${name}`, { timeout: harness.patienceMs * 2 }, () => {
    it('starts a worker and sees it run', async () => {
      const { tasks, other, countWorkers, params } = await start('ends-when-asked');
      const { taskArn } = await tasks.launch(params);
      await eventually(async () => expect(await countWorkers(params.dispatchId)).toBe(1));
      for (const runner of [tasks, other]) {
        expect(await describeOne(runner, taskArn)).toMatchObject({ taskArn, state: 'RUNNING' });
      }
    });

    it.each([
      ['exits-0', 0],
      ['exits-3', 3],
    ] as const)('tells how a worker ended: %s', async (behaviour, exitCode) => {
      const { tasks, other, params } = await start(behaviour);
      const stopped = stoppedTask(tasks);
      const { taskArn } = await tasks.launch(params);
      // A runner may learn of it only by being asked.
      expect(await untilStopped(tasks, taskArn)).toMatchObject({ exitCode });
      expect(await stopped).toBe(taskArn);
      expect(await describeOne(other, taskArn)).toMatchObject({ state: 'STOPPED', exitCode });
    });

    it('tells that a worker was killed', async () => {
      const { tasks, params } = await start('is-killed');
      const { taskArn } = await tasks.launch(params);
      const task = await untilStopped(tasks, taskArn);
      expect(task.exitCode === undefined || task.exitCode === 137).toBe(true);
      expect(task.stoppedReason).toBeTruthy();
    });

    it('starts one worker for a token, however often and by whom it is asked', async () => {
      const { tasks, other, countWorkers, params } = await start('ends-when-asked');
      const launched = await atOnce(20, (index) => (index % 2 === 0 ? tasks : other).launch(params));
      expect(new Set(launched.map(({ taskArn }) => taskArn)).size).toBe(1);
      await eventually(async () => expect(await countWorkers(params.dispatchId)).toBe(1));
      expect(await tasks.launch(params)).toEqual(launched[0]);
      const { taskArn } = launched[0]!;
      for (const runner of [tasks, other]) await runner.stop({ taskArn });
      await untilStopped(other, taskArn);
      expect(await tasks.launch(params)).toEqual({ taskArn });
      expect(await describeOne(tasks, taskArn)).toMatchObject({ state: 'STOPPED' });
      expect(await countWorkers(params.dispatchId)).toBe(1);
    });

    it('starts another worker for another token of the same dispatch', async () => {
      const { tasks, countWorkers, params } = await start('exits-0');
      const first = await tasks.launch(params);
      await untilStopped(tasks, first.taskArn);
      const second = await tasks.launch({ ...params, clientToken: `${params.clientToken}-1` });
      expect(second.taskArn).not.toBe(first.taskArn);
      await untilStopped(tasks, second.taskArn);
      expect(await countWorkers(params.dispatchId)).toBe(2);
    });

    it.each(['tasks', 'other'] as const)('asks a worker to end, from %s', async (from) => {
      const subject = await start('ends-when-asked');
      const { taskArn } = await subject.tasks.launch(subject.params);
      await eventually(async () => expect(await subject.countWorkers(subject.params.dispatchId)).toBe(1));
      await subject[from].stop({ taskArn });
      await subject[from].stop({ taskArn });
      await untilStopped(subject.tasks, taskArn);
      await subject[from].stop({ taskArn });
      expect(await describeOne(subject.other, taskArn)).toMatchObject({ state: 'STOPPED' });
    });

    it.each(['tasks', 'other'] as const)(
      'ends a worker that will not, with its agent, from %s',
      async (from) => {
        const subject = await start('ignores-requests');
        const { dispatchId } = subject.params;
        const { taskArn } = await subject.tasks.launch(subject.params);
        await eventually(async () => expect(await subject.countWorkers(dispatchId)).toBe(1));
        expect(await subject.countAgents(dispatchId)).toBe(1);
        await subject[from].stop({ taskArn });
        await untilStopped(subject[from], taskArn);
        await eventually(async () => expect(await subject.countAgents(dispatchId)).toBe(0));
      },
    );

    it.each(['leaves-agent', 'is-killed'] as const)(
      'ends the agent of a worker that is gone: %s',
      async (behaviour) => {
        const { tasks, countAgents, countWorkers, params } = await start(behaviour);
        const { taskArn } = await tasks.launch(params);
        await untilStopped(tasks, taskArn);
        expect(await countWorkers(params.dispatchId)).toBe(1);
        await eventually(async () => expect(await countAgents(params.dispatchId)).toBe(0));
      },
    );

    it('leaves the agents of other dispatches alone', async () => {
      const { tasks, countAgents, countWorkers, params } = await start('ignores-requests');
      const others = launchParams();
      const { taskArn } = await tasks.launch(params);
      await tasks.launch(others);
      await eventually(async () => expect(await countWorkers(params.dispatchId)).toBe(1));
      await eventually(async () => expect(await countWorkers(others.dispatchId)).toBe(1));
      await tasks.stop({ taskArn });
      await untilStopped(tasks, taskArn);
      expect(await countAgents(others.dispatchId)).toBe(1);
    });

    it('lists what it has started for a dispatch, until that has stopped', async () => {
      const { tasks, other, params } = await start('ends-when-asked');
      const others = launchParams({ tenantId: 'globex' });
      const { taskArn } = await tasks.launch(params);
      const rival = await tasks.launch(others);
      for (const runner of [tasks, other]) {
        const live = await eventually(async () => {
          const found = await runner.listLive();
          expect(found).toHaveLength(2);
          return found;
        });
        const { tenantId, dispatchId } = params;
        expect(live).toContainEqual({ taskArn, tenantId, dispatchId, launchedAt: expect.any(String) });
        expect(live.map((task) => task.taskArn)).toContain(rival.taskArn);
        for (const { launchedAt } of live) expect(new Date(launchedAt).toISOString()).toBe(launchedAt);
      }
      await tasks.stop({ taskArn });
      await untilStopped(tasks, taskArn);
      await eventually(async () =>
        expect((await other.listLive()).map((task) => task.dispatchId)).toEqual([others.dispatchId]),
      );
    });

    it('knows no task that was never started', async () => {
      const { tasks } = await start('exits-0');
      const taskArn = 'arn:aws:ecs:us-east-1:123456789012:task/outpost/00000000000000000000000000000000';
      expect(await tasks.describe({ taskArns: [taskArn] })).toMatchObject([{ taskArn, state: 'MISSING' }]);
      await tasks.stop({ taskArn });
      expect(await tasks.describe({ taskArns: [] })).toEqual([]);
    });
  });
}

/** An ephemeral dispatch of `acme`, each time another. */
export function launchParams(overrides: Partial<LaunchTaskParams> = {}): LaunchTaskParams {
  const dispatchId = newDispatchId();
  return {
    clientToken: dispatchId,
    tenantId: 'acme',
    dispatchId,
    agent: 'claude',
    tier: 'fast',
    workspaceId: randomUUID(),
    workspaceMode: 'ephemeral',
    secrets: [],
    ...overrides,
  };
}

async function describeOne(tasks: TaskRunner, taskArn: string): Promise<TaskDescription> {
  const [task] = await tasks.describe({ taskArns: [taskArn] });
  if (task === undefined) throw new Error(`Nothing was said of ${taskArn}.`);
  return task;
}

function stoppedTask(tasks: TaskRunner): Promise<string> {
  return new Promise((resolve) => {
    tasks.onStopped(resolve);
  });
}

import { DeregisterTaskDefinitionCommand, RunTaskCommand } from '@aws-sdk/client-ecs';
import { OutpostError } from '@outpost/contracts';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { SecretReference } from '../ports/index.js';
import { agentProcessesOf } from '../process/index.js';
import { createEcsWorkshop, type EcsWorkshopOptions } from '../testing/aws/ecs-workshop.js';
import { describeTaskRunnerConformance, launchParams } from '../testing/task-runner-conformance.js';

const PATIENCE_MS = 20_000;
const DEFINITIONS = 'arn:aws:ecs:us-east-1:123456789012:task-definition';

const eventually = <T>(check: () => T | Promise<T>): Promise<T> =>
  vi.waitFor(check, { timeout: PATIENCE_MS, interval: 20 });

describeTaskRunnerConformance('ECS', {
  patienceMs: PATIENCE_MS,
  async create({ worker: behaviour }) {
    const workshop = await createEcsWorkshop({ behaviour });
    return {
      tasks: workshop.runner(),
      other: workshop.runner(),
      countWorkers: async (dispatchId) => workshop.worker.reportsOf(dispatchId).length,
      countAgents: async (dispatchId) => agentProcessesOf({ dispatchId }).length,
      cleanup: workshop.cleanup,
    };
  },
});

async function start(options: EcsWorkshopOptions = {}) {
  const workshop = await createEcsWorkshop(options);
  onTestFinished(workshop.cleanup, PATIENCE_MS);
  const secrets: SecretReference[] = [
    { kind: 'agent', agent: 'claude' },
    { kind: 'github' },
    { kind: 'tenant', name: 'NPM_TOKEN' },
  ];
  return { ...workshop, params: launchParams({ secrets }) };
}

describe('what RunTask is given', () => {
  it('is ids, and nothing else of the dispatch', async () => {
    const workshop = await start();
    const { params } = workshop;
    await workshop.runner({ taskRoleArnOf: () => undefined }).launch(params);
    expect(workshop.inputsOf('RunTask')).toEqual([
      {
        cluster: 'outpost',
        taskDefinition: 'outpost-claude-fast',
        clientToken: params.clientToken,
        startedBy: 'outpost',
        count: 1,
        launchType: 'FARGATE',
        networkConfiguration: {
          awsvpcConfiguration: {
            subnets: ['subnet-1', 'subnet-2'],
            securityGroups: ['sg-1'],
            assignPublicIp: 'DISABLED',
          },
        },
        overrides: {
          containerOverrides: [
            {
              name: 'worker',
              environment: [
                { name: 'OUTPOST_TENANT_ID', value: 'acme' },
                { name: 'OUTPOST_DISPATCH_ID', value: params.dispatchId },
              ],
            },
          ],
        },
        tags: [
          { key: 'tenantId', value: 'acme' },
          { key: 'dispatchId', value: params.dispatchId },
          { key: 'agent', value: 'claude' },
        ],
        enableECSManagedTags: true,
      },
    ]);
  });

  it('names the role of a tenant that has one, and a public address where that is wanted', async () => {
    const workshop = await start();
    const role = 'arn:aws:iam::123456789012:role/outpost-tenant-acme';
    const tasks = workshop.runner({
      assignPublicIp: true,
      taskRoleArnOf: (tenantId) => (tenantId === 'acme' ? role : undefined),
    });
    await tasks.launch(workshop.params);
    await tasks.launch(launchParams({ tenantId: 'globex' }));
    const [acme, globex] = workshop.inputsOf('RunTask');
    expect(acme).toMatchObject({
      overrides: { taskRoleArn: role },
      networkConfiguration: { awsvpcConfiguration: { assignPublicIp: 'ENABLED' } },
    });
    expect(globex?.['overrides']).not.toHaveProperty('taskRoleArn');
  });

  it.each(['tenantId', 'dispatchId'] as const)('never is a %s that is more than a name', async (field) => {
    const workshop = await start();
    const launched = workshop.runner().launch({ ...workshop.params, [field]: '../other' });
    await expect(launched).rejects.toMatchObject({ code: 'VALIDATION_ERROR' });
    expect(workshop.inputsOf('RunTask')).toEqual([]);
  });
});

describe('a launch that ECS does not carry out', () => {
  it.each([
    [{ reason: 'RESOURCE:MEMORY' }, 'RESOURCE:MEMORY'],
    [
      { reason: 'Capacity is unavailable at this time.', detail: 'Try another zone.' },
      'Capacity is unavailable at this time.: Try another zone.',
    ],
  ])('says what ECS said: %j', async (failure, said) => {
    const { ecs, runner, params } = await start();
    ecs.failNextRun(failure);
    const error = await runner()
      .launch(params)
      .catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(OutpostError);
    expect(error).toMatchObject({
      code: 'SERVICE_UNAVAILABLE',
      message: expect.stringContaining(said) as string,
    });
    // The token is free: the next try starts the worker.
    expect(ecs.tasks).toEqual([]);
    const launched = await runner().launch(params);
    expect(ecs.tasks.map((task) => task.taskArn)).toEqual([launched.taskArn]);
  });

  it.each(['ephemeral', 'persistent'] as const)(
    'names the task definition that is missing: %s',
    async (mode) => {
      const { runner, params, clients } = await start();
      await clients.ecs.send(
        new DeregisterTaskDefinitionCommand({ taskDefinition: `${DEFINITIONS}/outpost-claude-fast:1` }),
      );
      await expect(runner().launch({ ...params, workspaceMode: mode })).rejects.toMatchObject({
        code: 'SERVICE_UNAVAILABLE',
        message: expect.stringMatching(
          /no ECS task definition outpost-claude-fast\. Deploy the stack/,
        ) as string,
      });
    },
  );

  it.each([
    [{ cluster: 'elsewhere' }, 'Cluster not found.'],
    [{ containerName: 'main' }, 'Override for container named main is not a container'],
  ])('says what is wrong with its settings: %j', async (settings, said) => {
    const { runner, params } = await start();
    await expect(runner(settings).launch(params)).rejects.toMatchObject({
      code: 'SERVICE_UNAVAILABLE',
      message: expect.stringContaining(said) as string,
    });
  });

  it('is unavailable while ECS cannot be reached', async () => {
    const { runner, params, ecs } = await start();
    await ecs.close();
    await expect(runner().launch(params)).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
    await expect(runner().describe({ taskArns: [taskArn('0')] })).rejects.toMatchObject({
      code: 'SERVICE_UNAVAILABLE',
    });
  });

  it('that was configured otherwise before answers the task of then', async () => {
    const { runner, params, ecs } = await start({ behaviour: 'ends-when-asked' });
    const first = await runner().launch(params);
    expect(await runner({ subnets: ['subnet-3'] }).launch(params)).toEqual(first);
    expect(ecs.tasks).toHaveLength(1);
  });
});

describe('describing tasks', { timeout: PATIENCE_MS }, () => {
  it('asks for a hundred at a time, and answers in the order asked', async () => {
    const workshop = await start();
    const tasks = workshop.runner();
    const launched = await Promise.all([1, 2, 3].map(() => tasks.launch(launchParams())));
    const [first, second, third] = launched.map((each) => each.taskArn);
    const unknown = Array.from({ length: 247 }, (_, index) => taskArn(String(index)));
    const asked = [first!, ...unknown.slice(0, 120), second!, ...unknown.slice(120), third!];
    const described = await tasks.describe({ taskArns: asked });
    expect(described.map((each) => each.taskArn)).toEqual(asked);
    const known = described.filter(({ state }) => state !== 'MISSING').map((each) => each.taskArn);
    expect(known).toEqual([first, second, third]);
    const sizes = workshop.inputsOf('DescribeTasks').map((input) => (input['tasks'] as string[]).length);
    expect(sizes).toEqual([100, 100, 50]);
  });

  it('asks once for an ARN that is named twice', async () => {
    const workshop = await start();
    const tasks = workshop.runner();
    const launched = await tasks.launch(workshop.params);
    const described = await tasks.describe({ taskArns: [launched.taskArn, launched.taskArn] });
    expect(described.map((each) => each.taskArn)).toEqual([launched.taskArn, launched.taskArn]);
    expect(workshop.inputsOf('DescribeTasks')).toMatchObject([{ tasks: [launched.taskArn] }]);
  });

  it('is not kept from it by an ARN of another cluster', async () => {
    const { runner, params } = await start();
    const tasks = runner();
    const launched = await tasks.launch(params);
    const others = ['outpost:local:task/x', taskArn('1').replace('/outpost/', '/before/')];
    const described = await tasks.describe({ taskArns: [...others, launched.taskArn] });
    expect(described.map(({ state }) => state === 'MISSING')).toEqual([true, true, false]);
    for (const other of others) await tasks.stop({ taskArn: other });
  });

  it('takes a cluster by its ARN, too', async () => {
    const { runner, params } = await start();
    const tasks = runner({ cluster: 'arn:aws:ecs:us-east-1:123456789012:cluster/outpost' });
    const launched = await tasks.launch(params);
    const [task] = await tasks.describe({ taskArns: [launched.taskArn] });
    expect(task?.state).not.toBe('MISSING');
  });

  it.each([
    [
      'out_of_memory',
      137,
      'Essential container in task exited; OutOfMemoryError: Container killed due to memory usage; exit code 137',
    ],
    ['spot_interrupted', 0, 'Your Spot Task was interrupted.; exit code 0'],
    ['image_unavailable', undefined, 'CannotPullContainerError'],
    ['capacity_unavailable', undefined, 'Capacity is unavailable at this time'],
  ] as const)('tells the cause of an end: %s', async (cause, exitCode, said) => {
    const { ecs, runner, params, worker } = await start({ behaviour: 'ends-when-asked' });
    const tasks = runner();
    const isStarted = cause === 'out_of_memory' || cause === 'spot_interrupted';
    if (!isStarted) ecs.failNextTask(cause);
    const launched = await tasks.launch(params);
    if (isStarted) {
      await eventually(() => expect(worker.reportsOf(params.dispatchId)).toHaveLength(1));
      ecs.endTask({ ...launched, cause });
    }
    await ecs.tasks[0]?.ended;
    expect(await tasks.describe({ taskArns: [launched.taskArn] })).toEqual([
      {
        taskArn: launched.taskArn,
        state: 'STOPPED',
        exitCode,
        stoppedReason: expect.stringContaining(said) as string,
        stopCause: cause,
      },
    ]);
    expect(worker.reportsOf(params.dispatchId)).toHaveLength(isStarted ? 1 : 0);
  });

  it('tells each listener once of a stop, and only of tasks that it launched', async () => {
    const { ecs, runner, params } = await start();
    const [tasks, other] = [runner(), runner()];
    const [heard, overheard]: string[][] = [[], []];
    tasks.onStopped((arn) => heard!.push(arn));
    other.onStopped((arn) => overheard!.push(arn));
    const launched = await tasks.launch(params);
    await ecs.tasks[0]?.ended;
    for (const each of [tasks, other, tasks]) await each.describe({ taskArns: [launched.taskArn] });
    expect(heard).toEqual([launched.taskArn]);
    expect(overheard).toEqual([]);
  });
});

describe('listing tasks', { timeout: PATIENCE_MS }, () => {
  it('goes through all pages', async () => {
    const { runner, inputsOf, ecs } = await start({
      behaviour: 'ends-when-asked',
      ecs: { pageSize: 2 },
    });
    const tasks = runner();
    const launched = await Promise.all([1, 2, 3].map(() => tasks.launch(launchParams())));
    const live = await tasks.listLive();
    expect(live.map((task) => task.taskArn).toSorted()).toEqual(
      launched.map((task) => task.taskArn).toSorted(),
    );
    expect(inputsOf('ListTasks')).toHaveLength(2);
    await ecs.close();
    await expect(tasks.listLive()).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
  });

  it('passes over what was not launched for a dispatch', async () => {
    const { runner, clients, inputsOf } = await start({ behaviour: 'ends-when-asked' });
    const run = { cluster: 'outpost', taskDefinition: 'outpost-claude-fast', launchType: 'FARGATE' } as const;
    for (const startedBy of ['outpost', 'outpost-pool', undefined])
      await clients.ecs.send(new RunTaskCommand({ ...run, startedBy }));
    expect(await runner().listLive()).toEqual([]);
    expect(inputsOf('DescribeTasks')).toMatchObject([{ tasks: [expect.any(String)] }]);
  });

  it('of none asks for none', async () => {
    const { runner, inputsOf } = await start();
    expect(await runner().listLive()).toEqual([]);
    expect(inputsOf('DescribeTasks')).toEqual([]);
  });
});

function taskArn(id: string): string {
  return `arn:aws:ecs:us-east-1:123456789012:task/outpost/${id.padStart(32, '0')}`;
}

import {
  DescribeTasksCommand,
  RegisterTaskDefinitionCommand,
  RunTaskCommand,
  StopTaskCommand,
  type RunTaskCommandInput,
} from '@aws-sdk/client-ecs';
import { CreateAccessPointCommand } from '@aws-sdk/client-efs';
import { randomUUID } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { agentProcessesOf, identify, isAlive } from '../../process/index.js';
import { newDispatchId } from '../fixtures.js';
import { TEST_REGION } from './clients.js';
import type { TaskOutput } from './ecs-host.js';
import { EcsTask } from './ecs-task.js';
import { createEcsWorkshop, type EcsWorkshopOptions } from './ecs-workshop.js';

const WAIT = { timeout: 20_000, interval: 20 };
const ROLE = 'arn:aws:iam::123456789012:role/outpost-worker';

async function start(options: EcsWorkshopOptions = {}) {
  const workshop = await createEcsWorkshop(options);
  onTestFinished(workshop.cleanup, WAIT.timeout);
  const dispatchId = newDispatchId();
  const environment = [{ name: 'OUTPOST_DISPATCH_ID', value: dispatchId }];
  const input: RunTaskCommandInput = {
    cluster: 'outpost',
    taskDefinition: 'outpost-claude-fast',
    clientToken: dispatchId,
    overrides: { containerOverrides: [{ name: 'worker', environment }] },
  };
  const run = async (overrides: Partial<RunTaskCommandInput> = {}) => {
    const { tasks = [] } = await workshop.clients.ecs.send(new RunTaskCommand({ ...input, ...overrides }));
    return tasks[0]!;
  };
  const describeTask = async (taskArn: string) => {
    const command = new DescribeTasksCommand({ cluster: 'outpost', tasks: [taskArn] });
    return (await workshop.clients.ecs.send(command)).tasks?.[0];
  };
  const reported = () =>
    vi.waitFor(() => workshop.worker.reportsOf(dispatchId)[0] ?? expect.fail('no report yet'), WAIT);
  return { ...workshop, dispatchId, input, run, describeTask, reported, send: workshop.clients.ecs };
}

describe('a task', { timeout: WAIT.timeout }, () => {
  it('goes through the states of ECS, and ends with its essential container', async () => {
    const { ecs, run, describeTask } = await start({ behaviour: 'exits-3' });
    const { taskArn = '', lastStatus } = await run();
    expect(lastStatus).toBe('PROVISIONING');
    await ecs.tasks[0]?.ended;
    expect(ecs.tasks[0]?.statuses).toEqual([
      'PROVISIONING',
      'PENDING',
      'RUNNING',
      'DEPROVISIONING',
      'STOPPED',
    ]);
    expect(await describeTask(taskArn)).toMatchObject({
      lastStatus: 'STOPPED',
      stopCode: 'EssentialContainerExited',
      stoppedReason: 'Essential container in task exited',
      containers: [{ name: 'worker', exitCode: 3 }],
    });
  });

  it('is asked to end, then killed with all that it started', async () => {
    const { ecs, send, run, reported, describeTask } = await start({ behaviour: 'ignores-requests' });
    const { taskArn = '' } = await run();
    const { pid, agentPid } = await reported();
    const processes = [identify(pid)!, identify(agentPid!)!];
    await send.send(new StopTaskCommand({ cluster: 'outpost', task: taskArn, reason: 'enough' }));
    expect(await describeTask(taskArn)).toMatchObject({ lastStatus: 'STOPPING', desiredStatus: 'STOPPED' });
    await ecs.tasks[0]?.ended;
    expect(processes.map(isAlive)).toEqual([false, false]);
    expect(await describeTask(taskArn)).toMatchObject({
      stopCode: 'UserInitiated',
      stoppedReason: 'enough',
      containers: [{ exitCode: 137 }],
    });
  });

  it('that is stopped before it runs never does', async () => {
    const { worker, workspacesDir, input: request } = await start();
    const containerDefinitions = [{ name: 'worker' }];
    const definition = { taskDefinitionArn: 'arn', family: 'f', revision: 1, containerDefinitions };
    const task = new EcsTask(
      { taskArn: 'task/1', clusterArn: 'cluster', definition, request, fate: undefined },
      {
        worker,
        workspacesDir,
        efs: undefined,
        metadataUrl: 'http://127.0.0.1:9',
        stopTimeoutMs: 100,
        startContainer: () => Promise.reject(new Error('It was stopped before.')),
        onOutput: undefined,
        agentToEnd: async () => undefined,
      },
    );
    task.stop({ stopCode: 'UserInitiated', stoppedReason: 'changed my mind' });
    await task.ended;
    expect(task.statuses).toEqual(['PROVISIONING', 'PENDING', 'DEPROVISIONING', 'STOPPED']);
    expect(task.describe()).toMatchObject({ stoppedReason: 'changed my mind' });
  });

  it('has the environment of definition, overrides and worker, and nothing inherited', async () => {
    const definitions = { environment: { OUTPOST_MODE: 'aws', OUTPOST_DISPATCH_ID: 'of the definition' } };
    const { run, reported, dispatchId, workspacesDir, ecs } = await start({ definitions });
    await run();
    const { environment } = await reported();
    const { taskId } = ecs.tasks[0]!;
    expect(environment).toEqual({
      OUTPOST_MODE: 'aws',
      OUTPOST_DISPATCH_ID: dispatchId,
      REPORT_DIR: expect.any(String) as string,
      OUTPOST_WORKSPACE_DIR: `${workspacesDir}/${taskId}`,
      OUTPOST_DATA_DIR: `${workspacesDir}/${taskId}-data`,
      ECS_CONTAINER_METADATA_URI_V4: expect.stringMatching(`/v4/${taskId}$`) as string,
      AWS_REGION: TEST_REGION,
      AWS_ACCESS_KEY_ID: 'outpost-worker',
      AWS_SECRET_ACCESS_KEY: expect.any(String) as string,
    });
    await ecs.tasks[0]?.ended;
    expect(await readdir(workspacesDir)).toEqual([]);
  });

  it.each([
    ['ends with it', false],
    ['does not while another task of the dispatch is alive', true],
  ])('of a warm worker has the agent of the dispatch that it is at: the agent %s', async (_, isElsewhere) => {
    const warm = randomUUID();
    const mark = newDispatchId();
    const agent = "setInterval(() => {}, 1000); console.log('up')";
    const leavesAgent = `
      const env = { OUTPOST_AGENT_RUN: '${mark}' };
      const agent = require('node:child_process').spawn(process.execPath, ['-e', ${JSON.stringify(agent)}],
        { detached: true, env, stdio: ['ignore', 'pipe', 'ignore'] });
      agent.stdout.once('data', () => process.env.OUTPOST_WORKER_ID ? process.exit(0) : setInterval(() => {}, 1000));
    `;
    const { run, ecs } = await start({
      ecs: {
        worker: { command: [process.execPath, '-e', leavesAgent], env: {} },
        dispatchOf: async (workerId) => (workerId === warm ? mark : undefined),
      },
    });
    const withIds = (id: string, name: string) => ({
      clientToken: id,
      overrides: { containerOverrides: [{ name: 'worker', environment: [{ name, value: id }] }] },
    });
    const agents = () => agentProcessesOf({ dispatchId: mark }).length;
    if (isElsewhere) {
      await run(withIds(mark, 'OUTPOST_DISPATCH_ID'));
      await vi.waitFor(() => expect(agents()).toBe(1), WAIT);
    }
    await run(withIds(warm, 'OUTPOST_WORKER_ID'));
    await ecs.tasks.at(-1)?.ended;
    expect(agents()).toBe(isElsewhere ? 2 : 0);
  });

  it('calls with the role of its overrides', async () => {
    const { run, reported, input } = await start();
    await run({ overrides: { ...input.overrides, taskRoleArn: `${ROLE}-acme` } });
    const { environment } = await reported();
    expect(environment['AWS_ACCESS_KEY_ID']).toBe('outpost-worker-acme');
  });

  it('is told of itself by the metadata endpoint', async () => {
    const { run, reported } = await start({ behaviour: 'ends-when-asked' });
    const { taskArn, clusterArn } = await run();
    const { environment } = await reported();
    const response = await fetch(`${environment['ECS_CONTAINER_METADATA_URI_V4']}/task`);
    expect(await response.json()).toMatchObject({
      TaskARN: taskArn,
      Cluster: clusterArn,
      Family: 'outpost-claude-fast',
      KnownStatus: 'RUNNING',
    });
    const unknown = new URL('/v4/unknown/task', environment['ECS_CONTAINER_METADATA_URI_V4']);
    expect((await fetch(unknown)).status).toBe(404);
  });

  it('has what it prints sent where awslogs puts it, before it is STOPPED', async () => {
    const output: TaskOutput[] = [];
    const source = "console.log('one'); console.error('two'); process.stdout.write('three')";
    const worker = { command: [process.execPath, '-e', source], env: {} };
    const { run, ecs } = await start({ ecs: { worker, onOutput: (line) => output.push(line) } });
    const { taskArn = '' } = await run();
    await ecs.tasks[0]?.ended;
    const { taskId } = ecs.tasks[0]!;
    const place = { taskArn, group: '/ecs/outpost-workers', stream: `outpost/worker/${taskId}` };
    expect(output).toHaveLength(3);
    expect(output).toEqual(
      expect.arrayContaining(['one', 'two', 'three'].map((line) => ({ ...place, line }))),
    );
  });

  it('fails to start when its access point is not there', async () => {
    const { run, ecs, clients, efs, send, describeTask, reported, worker, dispatchId } = await start();
    const { AccessPointId } = await clients.efs.send(
      new CreateAccessPointCommand({ FileSystemId: efs.fileSystemId, RootDirectory: { Path: '/acme/w1' } }),
    );
    const register = (accessPointId: string | undefined) =>
      send.send(
        new RegisterTaskDefinitionCommand({
          family: 'mounting',
          containerDefinitions: [
            { name: 'worker', mountPoints: [{ sourceVolume: 'data', containerPath: '/workspace/w1' }] },
          ],
          volumes: [
            {
              name: 'data',
              efsVolumeConfiguration: {
                fileSystemId: efs.fileSystemId,
                authorizationConfig: { accessPointId },
              },
            },
          ],
        }),
      );
    await register('fsap-unknown');
    const { taskArn = '' } = await run({ taskDefinition: 'mounting' });
    await ecs.tasks[0]?.ended;
    expect(await describeTask(taskArn)).toMatchObject({
      stopCode: 'TaskFailedToStart',
      stoppedReason: expect.stringContaining('ResourceInitializationError') as string,
    });
    expect(worker.reportsOf(dispatchId)).toEqual([]);
    await register(AccessPointId);
    await run({ taskDefinition: 'mounting', clientToken: 'another' });
    expect(await reported()).toBeDefined();
  });

  it.each([
    ['spot_interrupted', 'SpotInterruption'],
    ['out_of_memory', 'EssentialContainerExited'],
    ['image_unavailable', 'TaskFailedToStart'],
    ['capacity_unavailable', 'TaskFailedToStart'],
  ] as const)('ends as it was told to: %s', async (cause, stopCode) => {
    const { ecs, run, describeTask } = await start({ behaviour: 'ignores-requests' });
    ecs.failNextTask(cause);
    const { taskArn = '' } = await run();
    await ecs.tasks[0]?.ended;
    expect(await describeTask(taskArn)).toMatchObject({ lastStatus: 'STOPPED', stopCode });
  });

  it('ends with the server, and its agent with it', async () => {
    const { ecs, run, reported } = await start({ behaviour: 'ignores-requests' });
    await run();
    const { pid, agentPid } = await reported();
    const processes = [identify(pid)!, identify(agentPid!)!];
    await ecs.close();
    expect(processes.map(isAlive)).toEqual([false, false]);
  });
});

describe('RunTask', () => {
  it('answers the same task for a token, and refuses it for another request', async () => {
    const { ecs, run } = await start();
    const { taskArn } = await run();
    expect((await run()).taskArn).toBe(taskArn);
    await expect(run({ taskDefinition: 'outpost-claude-flagship' })).rejects.toMatchObject({
      name: 'ConflictException',
      resourceIds: [taskArn],
    });
    expect(ecs.tasks).toHaveLength(1);
  });

  it.each([
    [
      'InvalidParameterException',
      { overrides: { containerOverrides: [{ name: 'worker', command: ['x'.repeat(8_192)] }] } },
    ],
    ['InvalidParameterException', { overrides: { containerOverrides: [{ name: 'stranger' }] } }],
    ['ClientException', { taskDefinition: 'outpost-nobody-fast' }],
    ['ClusterNotFoundException', { cluster: 'elsewhere' }],
  ])('refuses with %s: %j', async (name, overrides) => {
    const { run, ecs } = await start();
    await expect(run(overrides)).rejects.toMatchObject({ name });
    expect(ecs.tasks).toEqual([]);
  });

  it('starts nothing for a failure on demand, once', async () => {
    const { ecs, send, input, run } = await start();
    ecs.failNextRun({ reason: 'RESOURCE:MEMORY' });
    expect(await send.send(new RunTaskCommand(input))).toMatchObject({
      tasks: [],
      failures: [{ reason: 'RESOURCE:MEMORY' }],
    });
    expect((await run()).taskArn).toBeDefined();
  });
});

describe('DescribeTasks', () => {
  it('takes a hundred tasks of its cluster, no more, and names those that it does not know', async () => {
    const { send } = await start();
    const ask = (tasks: string[]) => send.send(new DescribeTasksCommand({ cluster: 'outpost', tasks }));
    const unknown = Array.from({ length: 101 }, (_, index) => String(index));
    expect((await ask(unknown.slice(1))).failures).toHaveLength(100);
    const elsewhere = 'arn:aws:ecs:us-east-1:123456789012:task/elsewhere/1';
    for (const refused of [unknown, [], [elsewhere]])
      await expect(ask(refused)).rejects.toMatchObject({ name: 'InvalidParameterException' });
  });
});

import { readdir, readFile, writeFile } from 'node:fs/promises';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { LaunchTaskParams } from '../ports/index.js';
import {
  createEcsWorkshop,
  TEST_TASK_OPTIONS,
  type EcsWorkshopOptions,
} from '../testing/aws/ecs-workshop.js';
import { registerWorkerTaskDefinitions } from '../testing/aws/ecs-worker-definitions.js';
import { launchParams } from '../testing/task-runner-conformance.js';
import { createAwsTaskRunner } from './task-runner.js';
import { createAwsAccessPoints } from './workspace-access-points.js';

const PATIENCE_MS = 20_000;
const DEFINITIONS = 'arn:aws:ecs:us-east-1:123456789012:task-definition';
/** Those that the stack made come first. */
const STACK_DEFINITIONS = 15;

async function start(options: EcsWorkshopOptions = {}) {
  const workshop = await createEcsWorkshop(options);
  onTestFinished(workshop.cleanup, PATIENCE_MS);
  return workshop;
}

describe('a persistent workspace', { timeout: PATIENCE_MS }, () => {
  const persistent = (overrides: Partial<LaunchTaskParams> = {}) =>
    launchParams({ workspaceMode: 'persistent', ...overrides });

  it('is an access point, and a task definition that mounts it and no other', async () => {
    const workshop = await start({ definitions: { environment: { OUTPOST_MODE: 'aws' } } });
    const params = persistent();
    const { workspaceId } = params;
    await workshop.runner().launch(params);
    expect(workshop.inputsOf('CreateAccessPoint')).toEqual([
      {
        ClientToken: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
        FileSystemId: 'fs-0123456789abcdef0',
        PosixUser: { Uid: 10_001, Gid: 10_001 },
        RootDirectory: {
          Path: `/acme/${workspaceId}`,
          CreationInfo: { OwnerUid: 10_001, OwnerGid: 10_001, Permissions: '0700' },
        },
        Tags: [
          { Key: 'tenantId', Value: 'acme' },
          { Key: 'workspaceId', Value: workspaceId },
        ],
      },
    ]);
    const [{ accessPointId } = { accessPointId: '' }] = await workshop.accessPoints.list();
    const registered = workshop.inputsOf('RegisterTaskDefinition');
    const base = registered.find(({ family }) => family === 'outpost-claude-fast')!;
    const [container] = base['containerDefinitions'] as object[];
    const own = registered.slice(STACK_DEFINITIONS);
    expect(own).toEqual([
      {
        ...base,
        family: `outpost-claude-fast-ws-${workspaceId}`,
        containerDefinitions: [
          {
            ...container,
            mountPoints: [
              { sourceVolume: 'workspace', containerPath: `/workspace/${workspaceId}`, readOnly: false },
            ],
          },
        ],
        volumes: [
          {
            name: 'workspace',
            efsVolumeConfiguration: {
              fileSystemId: 'fs-0123456789abcdef0',
              transitEncryption: 'ENABLED',
              authorizationConfig: { accessPointId, iam: 'ENABLED' },
            },
          },
        ],
        tags: [
          { key: 'tenantId', value: 'acme' },
          { key: 'workspaceId', value: workspaceId },
          { key: 'baseTaskDefinition', value: `${DEFINITIONS}/outpost-claude-fast:1` },
        ],
      },
    ]);
    expect(workshop.inputsOf('RunTask')).toMatchObject([
      { taskDefinition: `${DEFINITIONS}/outpost-claude-fast-ws-${workspaceId}:1` },
    ]);
  });

  it('is where the worker looks for it, and survives the task', async () => {
    const { runner, ecs, efsDir, worker, workspacesDir } = await start({ behaviour: 'ends-when-asked' });
    const params = persistent();
    const tasks = runner();
    for (const round of [0, 1]) {
      const launched = await tasks.launch({ ...params, clientToken: `${params.clientToken}-${round}` });
      const report = await vi.waitFor(
        () => worker.reportsOf(params.dispatchId)[round] ?? expect.fail('none yet'),
        { timeout: PATIENCE_MS, interval: 20 },
      );
      const mounted = `${report.environment['OUTPOST_WORKSPACE_DIR']}/${params.workspaceId}/note`;
      if (round === 0) await writeFile(mounted, 'kept');
      else expect(await readFile(mounted, 'utf8')).toBe('kept');
      await tasks.stop(launched);
      await ecs.tasks[round]?.ended;
    }
    expect(await readFile(`${efsDir}/acme/${params.workspaceId}/note`, 'utf8')).toBe('kept');
    expect(await readdir(workspacesDir)).toEqual([]);
  });

  it('is made once, however many launch into it, and by whom', async () => {
    const workshop = await start();
    const runners = [workshop.runner(), workshop.runner()];
    const params = persistent();
    const launch = (index: number) =>
      runners[index % 2]!.launch({ ...params, clientToken: `${params.clientToken}-${index}` });
    await Promise.all(Array.from({ length: 8 }, (_, index) => launch(index)));
    expect(await workshop.accessPoints.list()).toMatchObject([
      { tenantId: 'acme', workspaceId: params.workspaceId },
    ]);
    const before = workshop.inputsOf('RegisterTaskDefinition').length;
    for (const index of [8, 9]) await launch(index);
    expect(workshop.inputsOf('RegisterTaskDefinition')).toHaveLength(before);
    expect(await workshop.accessPoints.list()).toHaveLength(1);
  });

  it('runs what the stack deploys later, but starts no second task for a token', async () => {
    const workshop = await start({ behaviour: 'ends-when-asked' });
    const params = persistent();
    const first = await workshop.runner().launch(params);
    await registerWorkerTaskDefinitions(workshop.clients.ecs, { image: () => 'outpost/worker:2' });
    expect(await workshop.runner().launch(params)).toEqual(first);
    expect(workshop.ecs.tasks).toHaveLength(1);
    await workshop.runner().launch({ ...params, clientToken: `${params.clientToken}-1` });
    expect(workshop.inputsOf('RegisterTaskDefinition').at(-1)).toMatchObject({
      family: `outpost-claude-fast-ws-${params.workspaceId}`,
      containerDefinitions: [{ image: 'outpost/worker:2' }],
    });
    expect(workshop.inputsOf('RunTask').at(-1)?.['taskDefinition']).toMatch(/:2$/);
    expect(await workshop.accessPoints.list()).toHaveLength(1);
  });

  it("never is another tenant's, though it had the same id", async () => {
    const workshop = await start();
    const params = persistent();
    const tasks = workshop.runner();
    await tasks.launch(params);
    await tasks.launch(persistent({ tenantId: 'globex', workspaceId: params.workspaceId }));
    const mounted = workshop
      .inputsOf('RegisterTaskDefinition')
      .slice(STACK_DEFINITIONS)
      .map(({ volumes }) => JSON.stringify(volumes));
    expect(new Set(mounted).size).toBe(2);
    const used = workshop.inputsOf('RunTask').map(({ taskDefinition }) => taskDefinition);
    expect(new Set(used).size).toBe(2);
  });

  it('needs a file system', async () => {
    const { clients, ecs } = await start();
    const accessPoints = createAwsAccessPoints({ efs: clients.efs, fileSystemId: undefined });
    const tasks = createAwsTaskRunner({ ecs: clients.ecs, accessPoints, options: TEST_TASK_OPTIONS });
    await expect(tasks.launch(persistent())).rejects.toMatchObject({
      code: 'SERVICE_UNAVAILABLE',
      message: expect.stringContaining('OUTPOST_EFS_FILE_SYSTEM_ID') as string,
    });
    expect(await accessPoints.list()).toEqual([]);
    expect(ecs.tasks).toEqual([]);
  });
});

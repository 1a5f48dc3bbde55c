import { CreateAccessPointCommand, DescribeAccessPointsCommand } from '@aws-sdk/client-efs';
import {
  DeregisterTaskDefinitionCommand,
  ListTaskDefinitionFamiliesCommand,
  RegisterTaskDefinitionCommand,
} from '@aws-sdk/client-ecs';
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { LaunchTaskParams, WorkspaceKey } from '../ports/index.js';
import { createTestClients } from '../testing/aws/clients.js';
import { containerMounts } from '../testing/aws/container-mounts.js';
import { createEcsWorkshop } from '../testing/aws/ecs-workshop.js';
import { launchParams } from '../testing/task-runner-conformance.js';
import { describeWorkspaceVolumesConformance } from '../testing/workspace-volumes-conformance.js';
import { createAwsWorkspaceVolumes } from './workspace-volumes.js';

/** Small, so that every list has several. */
const PAGE_SIZE = 2;
const DEFINITIONS = 'arn:aws:ecs:us-east-1:123456789012:task-definition';

describeWorkspaceVolumesConformance('EFS', {
  async create() {
    const workshop = await createEcsWorkshop({ pageSize: PAGE_SIZE });
    const { root, accessPoints, efs, cleanup } = workshop;
    const mounts = containerMounts({ root, accessPoints, directoryOf: (id) => efs.directoryOf(id) });
    return { mounts, volumes: workshop.volumes(), cleanup };
  },
});

async function start() {
  const workshop = await createEcsWorkshop({ pageSize: PAGE_SIZE });
  onTestFinished(workshop.cleanup);
  const runner = workshop.runner();
  /** Launches into a workspace, and ends the task. */
  const use = async (overrides: Partial<LaunchTaskParams> = {}): Promise<WorkspaceKey> => {
    const params = launchParams({ workspaceMode: 'persistent', ...overrides });
    await runner.launch(params);
    await workshop.ecs.tasks.at(-1)?.ended;
    const { tenantId, workspaceId } = params;
    await writeFile(join(workshop.efsDir, tenantId, workspaceId, 'note'), 'kept');
    return { tenantId, workspaceId };
  };
  const families = async (): Promise<string[]> => {
    const found: string[] = [];
    let nextToken: string | undefined;
    do {
      const page = await workshop.clients.ecs.send(new ListTaskDefinitionFamiliesCommand({ nextToken }));
      found.push(...(page.families ?? []).filter((family) => family.includes('-ws-')));
      ({ nextToken } = page);
    } while (nextToken !== undefined);
    return found;
  };
  const dataOf = ({ tenantId, workspaceId }: WorkspaceKey) =>
    existsSync(join(workshop.efsDir, tenantId, workspaceId, 'note'));
  return { ...workshop, use, families, dataOf };
}

describe('removing a persistent workspace', () => {
  it('removes its data, its access point and the task definitions of all its agents and tiers', async () => {
    const { use, volumes, families, dataOf } = await start();
    const workspaceId = randomUUID();
    const key = await use({ workspaceId });
    await use({ workspaceId, tier: 'flagship' });
    await use({ workspaceId, agent: 'grok' });
    const other = await use();
    expect(await families()).toHaveLength(4);
    await volumes().remove(key);
    expect(await families()).toEqual([`outpost-claude-fast-ws-${other.workspaceId}`]);
    expect(await volumes().list()).toEqual([other]);
    expect([dataOf(key), dataOf(other)]).toEqual([false, true]);
    await volumes().remove(key);
    expect(await volumes().list()).toEqual([other]);
  });

  it('removes all revisions, more than ECS deletes at once', async () => {
    const { use, volumes, families, clients, inputsOf } = await start();
    const key = await use();
    const family = `outpost-claude-fast-ws-${key.workspaceId}`;
    for (let revision = 2; revision <= 12; revision += 1)
      await clients.ecs.send(new RegisterTaskDefinitionCommand({ family, containerDefinitions: [] }));
    await volumes().remove(key);
    expect(await families()).toEqual([]);
    const deleted = inputsOf('DeleteTaskDefinitions').map((input) => (input['taskDefinitions'] as []).length);
    expect(deleted).toEqual([10, 2]);
  });

  it('leaves the task definitions of the stack alone', async () => {
    const { use, volumes, runner } = await start();
    await volumes().remove(await use());
    await expect(runner().launch(launchParams())).resolves.toBeDefined();
    await use();
  });

  it('is listed until it is done, and then done again from where it stood', async () => {
    const { use, volumes, families, dataOf, clients, efsDir, efs } = await start();
    const key = await use();
    const noEcs = createTestClients({});
    onTestFinished(() => noEcs.destroy());
    const { fileSystemId } = efs;
    const failing = createAwsWorkspaceVolumes({
      ecs: noEcs.ecs,
      efs: clients.efs,
      fileSystemId,
      mountDir: efsDir,
    });
    await expect(failing.remove(key)).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
    expect(dataOf(key)).toBe(false);
    expect(await volumes().list()).toEqual([key]);
    await volumes().remove(key);
    expect(await volumes().list()).toEqual([]);
    expect(await families()).toEqual([]);
  });

  it('deletes what was only deregistered', async () => {
    const { use, volumes, families, clients } = await start();
    const key = await use();
    const taskDefinition = `${DEFINITIONS}/outpost-claude-fast-ws-${key.workspaceId}:1`;
    await clients.ecs.send(new DeregisterTaskDefinitionCommand({ taskDefinition }));
    await volumes().remove(key);
    expect(await families()).toEqual([]);
  });

  it('ends well when two instances do it at once', async () => {
    const { use, volumes, families, dataOf } = await start();
    const key = await use();
    await Promise.all([volumes().remove(key), volumes().remove(key)]);
    expect(await families()).toEqual([]);
    expect(await volumes().list()).toEqual([]);
    expect(dataOf(key)).toBe(false);
  });

  it('ends well when another instance was faster at the last moment', async () => {
    const { use, volumes, families, ecs, efs, efsDir, clients } = await start();
    const key = await use();
    const slow = createTestClients({ ecs: ecs.url });
    onTestFinished(() => slow.destroy());
    slow.ecs.middlewareStack.add(
      (next, { commandName }) =>
        async (args) => {
          if (commandName === 'DeregisterTaskDefinitionCommand') await volumes().remove(key);
          return next(args);
        },
      { step: 'initialize' },
    );
    const { fileSystemId } = efs;
    await createAwsWorkspaceVolumes({
      ecs: slow.ecs,
      efs: clients.efs,
      fileSystemId,
      mountDir: efsDir,
    }).remove(key);
    expect(await families()).toEqual([]);
    expect(await volumes().list()).toEqual([]);
  });

  it('removes nothing while the file system is not mounted', async () => {
    const { use, volumes, families, efsDir } = await start();
    const key = await use();
    await rename(efsDir, `${efsDir}-elsewhere`);
    await expect(volumes().remove(key)).rejects.toMatchObject({
      code: 'SERVICE_UNAVAILABLE',
      message: expect.stringContaining('OUTPOST_EFS_MOUNT_DIR') as string,
    });
    expect(await volumes().list()).toEqual([key]);
    expect(await families()).toHaveLength(1);
  });

  it('starts anew when the workspace is used again', async () => {
    const { use, volumes, dataOf } = await start();
    const key = await use();
    await volumes().remove(key);
    expect(dataOf(key)).toBe(false);
    expect(await use(key)).toEqual(key);
    expect(await volumes().list()).toEqual([key]);
  });
});

describe('access points of others on the same file system', () => {
  it.each([
    ['without tags', []],
    [
      'with tags of a workspace, and another path',
      [
        { Key: 'tenantId', Value: 'acme' },
        { Key: 'workspaceId', Value: 'w1' },
      ],
    ],
    [
      'with tags that lead elsewhere',
      [
        { Key: 'tenantId', Value: '..' },
        { Key: 'workspaceId', Value: 'etc' },
      ],
    ],
  ])('are neither listed nor removed: %s', async (_, Tags) => {
    const { volumes, clients, efs, efsDir } = await start();
    const FileSystemId = efs.fileSystemId;
    await clients.efs.send(
      new CreateAccessPointCommand({ FileSystemId, Tags, RootDirectory: { Path: '/theirs' } }),
    );
    await mkdir(join(efsDir, 'theirs'));
    expect(await volumes().list()).toEqual([]);
    await volumes().remove({ tenantId: 'acme', workspaceId: 'w1' });
    const { AccessPoints } = await clients.efs.send(new DescribeAccessPointsCommand({ FileSystemId }));
    expect(AccessPoints).toHaveLength(1);
    expect(existsSync(join(efsDir, 'theirs'))).toBe(true);
  });
});

describe('without a file system', () => {
  it('there is nothing to list or to remove', async () => {
    const { clients, ecs, efs, efsDir } = await start();
    const volumes = createAwsWorkspaceVolumes({ ...clients, fileSystemId: undefined, mountDir: efsDir });
    const before = ecs.calls.length + efs.calls.length;
    expect(await volumes.list()).toEqual([]);
    await rm(efsDir, { recursive: true });
    await volumes.remove({ tenantId: 'acme', workspaceId: 'w1' });
    expect(ecs.calls.length + efs.calls.length).toBe(before);
  });
});

import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAwsAccessPoints } from '../../aws/workspace-access-points.js';
import { createAwsTaskRunner, type AwsTaskOptions } from '../../aws/task-runner.js';
import { WORKER_CONTAINER } from '../../aws/task-names.js';
import { createAwsWorkspaceVolumes } from '../../aws/workspace-volumes.js';
import type { TaskRunner, WorkspaceVolumes } from '../../ports/index.js';
import { createScriptedWorker, type WorkerBehaviour } from '../worker-scripts.js';
import { createTestClients } from './clients.js';
import { startEcs, type EcsOptions } from './ecs.js';
import { registerWorkerTaskDefinitions, type WorkerDefinitionOptions } from './ecs-worker-definitions.js';
import { startEfs } from './efs.js';

export interface EcsWorkshopOptions {
  readonly behaviour?: WorkerBehaviour;
  readonly ecs?: Partial<EcsOptions>;
  readonly definitions?: WorkerDefinitionOptions;
  readonly pageSize?: number;
}

export const TEST_TASK_OPTIONS: AwsTaskOptions = {
  cluster: 'outpost',
  subnets: ['subnet-1', 'subnet-2'],
  securityGroups: ['sg-1'],
  assignPublicIp: false,
  containerName: WORKER_CONTAINER,
};

/** An ECS cluster and an EFS file system that last for one test, with the stack's task definitions. */
export async function createEcsWorkshop(options: EcsWorkshopOptions = {}) {
  const { behaviour = 'exits-0', definitions, pageSize = 100 } = options;
  const root = await mkdtemp(join(tmpdir(), 'outpost-ecs-'));
  const efsDir = join(root, 'efs');
  await mkdir(efsDir);
  const worker = await createScriptedWorker({ directory: join(root, 'reports'), behaviour });
  const efs = await startEfs({ efsDir, pageSize });
  const workspacesDir = join(root, 'workspaces');
  const ecs = await startEcs({ worker, workspacesDir, efs, pageSize, ...options.ecs });
  const clients = createTestClients({ ecs: ecs.url, efs: efs.url });
  await registerWorkerTaskDefinitions(clients.ecs, definitions);
  const accessPoints = createAwsAccessPoints({ efs: clients.efs, fileSystemId: efs.fileSystemId });
  return {
    root,
    efsDir,
    workspacesDir,
    worker,
    ecs,
    efs,
    clients,
    accessPoints,
    /** What ECS and EFS were asked, in order. */
    inputsOf: (operation: string) =>
      [...ecs.calls, ...efs.calls].filter((call) => call.operation === operation).map(({ input }) => input),
    /** A runner of its own, as another control plane has it. */
    runner(overrides: Partial<AwsTaskOptions> = {}): TaskRunner {
      return createAwsTaskRunner({
        ecs: clients.ecs,
        accessPoints,
        options: { ...TEST_TASK_OPTIONS, ...overrides },
      });
    },
    volumes(): WorkspaceVolumes {
      const { fileSystemId } = efs;
      return createAwsWorkspaceVolumes({
        efs: clients.efs,
        ecs: clients.ecs,
        fileSystemId,
        mountDir: efsDir,
      });
    },
    async cleanup() {
      clients.destroy();
      await ecs.close();
      await efs.close();
      await rm(root, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

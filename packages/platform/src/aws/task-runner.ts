import type { ECSClient } from '@aws-sdk/client-ecs';
import { checkedSegment } from '../files/segments.js';
import type { LaunchTaskParams, LiveTask, TaskRunner } from '../ports/index.js';
import { createEcsTasks, type EcsPlace, type KnownTask } from './ecs-tasks.js';
import { describeTask } from './task-description.js';
import { launchError } from './task-launch-error.js';
import { taskFamily } from './task-names.js';
import { createTaskWatch } from './task-watch.js';
import type { AccessPoints } from './workspace-access-points.js';
import { ensureWorkspaceTaskDefinition } from './workspace-task-definitions.js';

/** Of tasks that are started for one dispatch: not of warm workers. */
const STARTED_BY = 'outpost';

export interface AwsTaskOptions extends EcsPlace {
  /** The role of a tenant that has its own, in place of the task definition's. */
  readonly taskRoleArnOf?: (tenantId: string) => string | undefined;
}

export interface AwsTaskRunnerOptions {
  readonly ecs: ECSClient;
  readonly accessPoints: AccessPoints;
  readonly options: AwsTaskOptions;
}

/**
 * Runs each worker as a Fargate task. A worker is told ids only: its task text and its secrets it reads with its own
 * role. ECS tells no one when a task stops: `onStopped` is called when `describe` first sees it of a task that was
 * launched here.
 */
export function createAwsTaskRunner({ ecs, accessPoints, options }: AwsTaskRunnerOptions): TaskRunner {
  const { containerName, taskRoleArnOf } = options;
  const tasks = createEcsTasks(ecs, options);
  const watch = createTaskWatch();

  const definitionFor = async (params: LaunchTaskParams): Promise<string> =>
    params.workspaceMode === 'persistent'
      ? ensureWorkspaceTaskDefinition({ ...params, ecs, accessPoints, containerName })
      : taskFamily(params);

  const run = async (params: LaunchTaskParams): Promise<string> => {
    const { clientToken, tenantId, dispatchId, agent } = params;
    return tasks.run({
      taskDefinition: await definitionFor(params),
      clientToken,
      startedBy: STARTED_BY,
      environment: { OUTPOST_TENANT_ID: tenantId, OUTPOST_DISPATCH_ID: dispatchId },
      tags: { tenantId, dispatchId, agent },
      taskRoleArn: taskRoleArnOf?.(tenantId),
    });
  };

  return {
    async launch(params) {
      checkedSegment('tenantId', params.tenantId);
      checkedSegment('dispatchId', params.dispatchId);
      try {
        const taskArn = await run(params);
        watch.add(taskArn);
        return { taskArn };
      } catch (error) {
        throw launchError(error, taskFamily(params));
      }
    },
    stop: ({ taskArn }) => tasks.stop(taskArn),
    async describe({ taskArns }) {
      const found = await tasks.describe({ taskArns });
      const known = new Map(found.map((task) => [task.taskArn, describeTask(task, containerName)]));
      watch.observe([...known.values()]);
      return taskArns.map((taskArn) => known.get(taskArn) ?? { taskArn, state: 'MISSING' });
    },
    async listLive() {
      const taskArns = await tasks.list({ startedBy: STARTED_BY });
      const found = await tasks.describe({ taskArns, withTags: true });
      return found
        .filter((task) => describeTask(task, containerName).state !== 'STOPPED')
        .flatMap((task) => liveTask(task) ?? []);
    },
    onStopped: (listener) => watch.onStopped(listener),
  };
}

/** Undefined for a task that was not started here, whoever gave it the same name. */
function liveTask({ taskArn, createdAt, tags = [] }: KnownTask): LiveTask | undefined {
  const valueOf = (name: string): string | undefined => tags.find(({ key }) => key === name)?.value;
  const [tenantId, dispatchId] = [valueOf('tenantId'), valueOf('dispatchId')];
  if (tenantId === undefined || dispatchId === undefined || createdAt === undefined) return undefined;
  return { taskArn, tenantId, dispatchId, launchedAt: createdAt.toISOString() };
}

import {
  DescribeTasksCommand,
  RunTaskCommand,
  StopTaskCommand,
  type ConflictException,
  type ECSClient,
  type RunTaskCommandInput,
  type Task,
} from '@aws-sdk/client-ecs';
import { checkedSegment } from '../files/segments.js';
import type { LaunchTaskParams, TaskDescription, TaskRunner } from '../ports/index.js';
import { isNamed } from './errors.js';
import { describeTask } from './task-description.js';
import { launchError, placementError } from './task-launch-error.js';
import { taskFamily } from './task-names.js';
import { createTaskWatch } from './task-watch.js';
import type { AccessPoints } from './workspace-access-points.js';
import { ensureWorkspaceTaskDefinition } from './workspace-task-definitions.js';

/** DescribeTasks takes no more. */
const BATCH_SIZE = 100;
const STOP_REASON = 'Outpost asked the worker to end.';

export interface AwsTaskOptions {
  /** Its name or ARN. */
  readonly cluster: string;
  readonly subnets: readonly string[];
  readonly securityGroups: readonly string[];
  readonly assignPublicIp: boolean;
  /** The container of the task definitions that runs the worker. */
  readonly containerName: string;
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
  const { cluster, containerName } = options;
  const watch = createTaskWatch();

  const definitionFor = async (params: LaunchTaskParams): Promise<string> =>
    params.workspaceMode === 'persistent'
      ? ensureWorkspaceTaskDefinition({ ...params, ecs, accessPoints, containerName })
      : taskFamily(params);

  const run = async (params: LaunchTaskParams): Promise<string> => {
    const input = runTaskInput(params, options, await definitionFor(params));
    try {
      const { tasks = [], failures = [] } = await ecs.send(new RunTaskCommand(input));
      const taskArn = tasks[0]?.taskArn;
      if (taskArn === undefined) throw placementError(failures);
      return taskArn;
    } catch (error) {
      const started = taskOfToken(error);
      if (started === undefined) throw error;
      return started;
    }
  };

  const describeBatch = async (taskArns: readonly string[]): Promise<readonly TaskDescription[]> => {
    const { tasks = [] } = await ecs.send(new DescribeTasksCommand({ cluster, tasks: [...taskArns] }));
    return tasks.filter(hasArn).map((task) => describeTask(task, containerName));
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
    async stop({ taskArn }) {
      try {
        await ecs.send(new StopTaskCommand({ cluster, task: taskArn, reason: STOP_REASON }));
      } catch (error) {
        // "The referenced task was not found.", or it never was one of this cluster: there is nothing to stop.
        if (!isNamed(error, 'InvalidParameterException')) throw error;
      }
    },
    async describe({ taskArns }) {
      const known = new Map<string, TaskDescription>();
      const asked = [...new Set(taskArns)].filter((taskArn) => isOfCluster(taskArn, cluster));
      for (let start = 0; start < asked.length; start += BATCH_SIZE) {
        for (const task of await describeBatch(asked.slice(start, start + BATCH_SIZE)))
          known.set(task.taskArn, task);
      }
      watch.observe([...known.values()]);
      return taskArns.map((taskArn) => known.get(taskArn) ?? { taskArn, state: 'MISSING' });
    },
    onStopped: (listener) => watch.onStopped(listener),
  };
}

function runTaskInput(
  { clientToken, tenantId, dispatchId, agent }: LaunchTaskParams,
  options: AwsTaskOptions,
  taskDefinition: string,
): RunTaskCommandInput {
  const { cluster, subnets, securityGroups, assignPublicIp, containerName, taskRoleArnOf } = options;
  const taskRoleArn = taskRoleArnOf?.(tenantId);
  const environment = [
    { name: 'OUTPOST_TENANT_ID', value: tenantId },
    { name: 'OUTPOST_DISPATCH_ID', value: dispatchId },
  ];
  return {
    cluster,
    taskDefinition,
    clientToken,
    count: 1,
    launchType: 'FARGATE',
    networkConfiguration: {
      awsvpcConfiguration: {
        subnets: [...subnets],
        securityGroups: [...securityGroups],
        assignPublicIp: assignPublicIp ? 'ENABLED' : 'DISABLED',
      },
    },
    overrides: {
      containerOverrides: [{ name: containerName, environment }],
      ...(taskRoleArn !== undefined && { taskRoleArn }),
    },
    tags: Object.entries({ tenantId, dispatchId, agent }).map(([key, value]) => ({ key, value })),
    enableECSManagedTags: true,
  };
}

/**
 * The task that a client token started before with other parameters: with another revision of a workspace's task
 * definition, or before this control plane was configured anew. It is the one that was asked for.
 */
function taskOfToken(error: unknown): string | undefined {
  return isNamed(error, 'ConflictException') ? (error as ConflictException).resourceIds?.[0] : undefined;
}

/** ECS refuses a whole batch for one ARN of another cluster, as it may be in a record of an earlier deployment. */
function isOfCluster(taskArn: string, cluster: string): boolean {
  return /:task\/([^/]+)\/[^/]+$/.exec(taskArn)?.[1] === cluster.split('/').at(-1);
}

function hasArn(task: Task): task is Task & { readonly taskArn: string } {
  return task.taskArn !== undefined;
}

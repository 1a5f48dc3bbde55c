import {
  DescribeTasksCommand,
  paginateListTasks,
  RunTaskCommand,
  StopTaskCommand,
  type ConflictException,
  type ECSClient,
  type RunTaskCommandInput,
  type Task,
} from '@aws-sdk/client-ecs';
import { isNamed } from './errors.js';
import { placementError } from './task-launch-error.js';

/** DescribeTasks takes no more. */
const BATCH_SIZE = 100;
const STOP_REASON = 'Outpost asked the worker to end.';

/** Where workers run. */
export interface EcsPlace {
  /** Its name or ARN. */
  readonly cluster: string;
  readonly subnets: readonly string[];
  readonly securityGroups: readonly string[];
  readonly assignPublicIp: boolean;
  /** The container of the task definitions that runs the worker. */
  readonly containerName: string;
}

export interface RunParams {
  /** Family, or ARN of one revision. */
  readonly taskDefinition: string;
  /** A repeat with the same token answers the task that the first has started. */
  readonly clientToken: string;
  /** By which ListTasks finds it. */
  readonly startedBy: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly tags: Readonly<Record<string, string>>;
  /** In place of the task definition's. */
  readonly taskRoleArn?: string | undefined;
}

export type KnownTask = Task & { readonly taskArn: string };

/** The Fargate tasks of one cluster. */
export interface EcsTasks {
  /** Answers the ARN. */
  run(params: RunParams): Promise<string>;
  /** Resolves also when there is no such task. */
  stop(taskArn: string): Promise<void>;
  /** Those that are known, in any order; ARNs of other clusters are passed over. */
  describe(params: {
    readonly taskArns: readonly string[];
    readonly withTags?: boolean;
  }): Promise<readonly KnownTask[]>;
  /** ARNs of those that are to run, in any order; of a moment ago. */
  list(params: { readonly startedBy: string }): Promise<readonly string[]>;
}

export function createEcsTasks(ecs: ECSClient, place: EcsPlace): EcsTasks {
  const { cluster } = place;
  return {
    async run(params) {
      try {
        const { tasks = [], failures = [] } = await ecs.send(new RunTaskCommand(runInput(params, place)));
        const taskArn = tasks[0]?.taskArn;
        if (taskArn === undefined) throw placementError(failures);
        return taskArn;
      } catch (error) {
        const started = taskOfToken(error);
        if (started === undefined) throw error;
        return started;
      }
    },
    async stop(taskArn) {
      try {
        await ecs.send(new StopTaskCommand({ cluster, task: taskArn, reason: STOP_REASON }));
      } catch (error) {
        // "The referenced task was not found.", or it never was one of this cluster: there is nothing to stop.
        if (!isNamed(error, 'InvalidParameterException')) throw error;
      }
    },
    async describe({ taskArns, withTags = false }) {
      const asked = [...new Set(taskArns)].filter((taskArn) => isOfCluster(taskArn, cluster));
      const found: KnownTask[] = [];
      for (let start = 0; start < asked.length; start += BATCH_SIZE) {
        const batch = asked.slice(start, start + BATCH_SIZE);
        const command = new DescribeTasksCommand({
          cluster,
          tasks: batch,
          ...(withTags && { include: ['TAGS'] }),
        });
        const { tasks = [] } = await ecs.send(command);
        found.push(...tasks.filter(hasArn));
      }
      return found;
    },
    async list({ startedBy }) {
      const found: string[] = [];
      // Besides `startedBy` no filter is allowed; by itself ListTasks answers those that are to run.
      for await (const { taskArns = [] } of paginateListTasks({ client: ecs }, { cluster, startedBy }))
        found.push(...taskArns);
      return found;
    },
  };
}

function runInput(params: RunParams, place: EcsPlace): RunTaskCommandInput {
  const { taskDefinition, clientToken, startedBy, environment, tags, taskRoleArn } = params;
  const { cluster, subnets, securityGroups, assignPublicIp, containerName } = place;
  return {
    cluster,
    taskDefinition,
    clientToken,
    startedBy,
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
      containerOverrides: [
        {
          name: containerName,
          environment: Object.entries(environment).map(([name, value]) => ({ name, value })),
        },
      ],
      ...(taskRoleArn !== undefined && { taskRoleArn }),
    },
    tags: Object.entries(tags).map(([key, value]) => ({ key, value })),
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

function hasArn(task: Task): task is KnownTask {
  return task.taskArn !== undefined;
}

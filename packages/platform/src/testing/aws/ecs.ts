import type {
  DescribeTasksRequest,
  Failure,
  ListTasksRequest,
  RunTaskRequest,
  StopTaskRequest,
} from '@aws-sdk/client-ecs';
import { randomBytes } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { StopCause } from '@outpost/contracts';
import { TEST_REGION } from './clients.js';
import { pageOf, TaskDefinitions, TEST_ACCOUNT_ID, type RegisteredDefinition } from './ecs-definitions.js';
import { startContainer } from './ecs-container.js';
import { startTaskMetadata } from './ecs-metadata.js';
import type { TaskHost, TaskOutput } from './ecs-host.js';
import { EcsTask } from './ecs-task.js';
import type { EfsServer } from './efs.js';
import { ServiceFault, startJsonService, type JsonService } from './json-service.js';

const MAX_OVERRIDE_CHARACTERS = 8_192;
const MAX_DESCRIBED_AT_ONCE = 100;

export interface EcsOptions {
  /** What the image of every container runs, and what it needs to do so on this machine: nothing is inherited. */
  readonly worker: TaskHost['worker'];
  /** Where the tasks have their workspaces. Those are gone with the task, as what is in a container. */
  readonly workspacesDir: string;
  /** Serves the access points that task definitions mount. */
  readonly efs?: Pick<EfsServer, 'directoryOf'>;
  /** `outpost` by default. */
  readonly cluster?: string;
  /** Between SIGTERM and SIGKILL; short by default. */
  readonly stopTimeoutMs?: number;
  /** Items in an answer of a list; 100 by default, as ECS has it. */
  readonly pageSize?: number;
  /** A process for each container by default. */
  readonly startContainer?: TaskHost['startContainer'];
  /** What a warm worker is at: its agent bears the mark of that dispatch. */
  readonly dispatchOf?: (workerId: string) => Promise<string | undefined>;
  /** Called for each line that a container prints, when its definition has the awslogs driver. */
  readonly onOutput?: (output: TaskOutput) => void;
}

export interface EcsServer extends JsonService {
  /** Oldest first. */
  readonly tasks: readonly EcsTask[];
  /** The next RunTask starts nothing and answers this. */
  failNextRun(failure: Pick<Failure, 'reason' | 'detail'>): void;
  /** The next task never runs, or ends as soon as it does. */
  failNextTask(cause: StopCause): void;
  /** Takes a running task away. */
  endTask(params: { readonly taskArn: string; readonly cause: 'spot_interrupted' | 'out_of_memory' }): void;
  /** Ends all tasks, with all that they started. */
  close(): Promise<void>;
}

/** Serves ECS on a free port of loopback. Its RunTask starts a process that plays the container. */
export async function startEcs(options: EcsOptions): Promise<EcsServer> {
  const cluster = options.cluster ?? 'outpost';
  const tasks: EcsTask[] = [];
  const launches = new Map<string, Launch>();
  const pageSize = options.pageSize ?? 100;
  const definitions = new TaskDefinitions(pageSize);
  const metadata = await startTaskMetadata((taskId) => tasks.find((task) => task.taskId === taskId));
  const dispatchOf = async ({ dispatchId, workerId }: EcsTask): Promise<string | undefined> =>
    workerId === undefined ? dispatchId : options.dispatchOf?.(workerId).catch(() => undefined);
  const host: TaskHost = {
    worker: options.worker,
    workspacesDir: options.workspacesDir,
    efs: options.efs,
    metadataUrl: metadata.url,
    stopTimeoutMs: options.stopTimeoutMs ?? 200,
    startContainer: options.startContainer ?? startContainer,
    onOutput: options.onOutput,
    async agentToEnd(task) {
      const own = tasks.find(({ taskArn }) => taskArn === task.taskArn);
      const dispatchId = own && (await dispatchOf(own));
      // Nothing has that mark: what the container started ends with it all the same, as far as it is known.
      if (dispatchId === undefined) return task.taskArn;
      const others = tasks.filter((other) => other !== own && other.lastStatus !== 'STOPPED');
      const theirs = await Promise.all(others.map(dispatchOf));
      return theirs.includes(dispatchId) ? undefined : dispatchId;
    },
  };
  let nextFailure: Failure | undefined;
  let nextFate: StopCause | undefined;

  const find = (reference: string): EcsTask | undefined => {
    checkIdentifier(reference, cluster);
    return tasks.find(({ taskArn, taskId }) => reference === taskArn || reference === taskId);
  };

  const start = (request: RunTaskRequest, definition: RegisteredDefinition): EcsTask => {
    const prefix = `arn:aws:ecs:${TEST_REGION}:${TEST_ACCOUNT_ID}`;
    const taskArn = `${prefix}:task/${cluster}/${randomBytes(16).toString('hex')}`;
    const clusterArn = `${prefix}:cluster/${cluster}`;
    const task = new EcsTask({ taskArn, clusterArn, definition, request, fate: nextFate }, host);
    nextFate = undefined;
    tasks.push(task);
    return task;
  };

  const service = await startJsonService({
    ...definitions.operations,
    RunTask(request: RunTaskRequest) {
      checkCluster(request.cluster, cluster);
      const { clientToken } = request;
      const known = clientToken === undefined ? undefined : launches.get(clientToken);
      if (known !== undefined) return { tasks: [taskOf(known, request).describe()], failures: [] };
      const definition = definitionFor(request, definitions);
      if (nextFailure !== undefined) {
        const failures = [nextFailure];
        nextFailure = undefined;
        return { tasks: [], failures };
      }
      const task = start(request, definition);
      if (clientToken !== undefined) launches.set(clientToken, { request, task });
      return { tasks: [task.describe()], failures: [] };
    },
    StopTask(request: StopTaskRequest) {
      checkCluster(request.cluster, cluster);
      const task = find(request.task ?? '');
      if (task === undefined) throw invalid('The referenced task was not found.');
      task.stop({ stopCode: 'UserInitiated', stoppedReason: request.reason ?? 'Task stopped by user' });
      return { task: task.describe() };
    },
    DescribeTasks(request: DescribeTasksRequest) {
      checkCluster(request.cluster, cluster);
      const { tasks: asked = [], include = [] } = request;
      if (asked.length === 0) throw invalid('Tasks cannot be empty.');
      if (asked.length > MAX_DESCRIBED_AT_ONCE) throw invalid('Tasks cannot have more than 100 elements.');
      const found = new Map(asked.map((reference) => [reference, find(reference)]));
      const missing = asked.filter((reference) => found.get(reference) === undefined);
      return {
        // ECS promises no order: a driver that relies on one is found out.
        tasks: [...found.values()]
          .flatMap((task) => task?.describe({ withTags: include.includes('TAGS') }) ?? [])
          .toReversed(),
        failures: missing.map((arn) => ({ arn, reason: 'MISSING' })),
      };
    },
    ListTasks({ cluster: asked, nextToken, startedBy, ...filters }: ListTasksRequest) {
      checkCluster(asked, cluster);
      if (startedBy === undefined || Object.keys(filters).length > 0)
        throw invalid('startedBy must be the only filter, and is the only one that is known here.');
      const listed = tasks
        .map((task) => task.describe())
        .filter((task) => task.desiredStatus === 'RUNNING' && task.startedBy === startedBy);
      const { items, ...page } = pageOf(
        listed.map(({ taskArn }) => taskArn),
        pageSize,
        nextToken,
      );
      return { taskArns: items, ...page };
    },
  });

  return {
    url: service.url,
    calls: service.calls,
    tasks,
    failNextRun(failure) {
      nextFailure = failure;
    },
    failNextTask(cause) {
      nextFate = cause;
    },
    endTask({ taskArn, cause }) {
      const task = find(taskArn);
      if (cause === 'spot_interrupted') task?.interrupt();
      else task?.exhaustMemory();
    },
    async close() {
      await service.close();
      for (const task of tasks) task.kill();
      await Promise.all(tasks.map(({ ended }) => ended));
      await metadata.close();
    },
  };
}

interface Launch {
  readonly request: RunTaskRequest;
  readonly task: EcsTask;
}

/** What the token started before; ECS refuses it for anything else. */
function taskOf(known: Launch, request: RunTaskRequest): EcsTask {
  if (isDeepStrictEqual(known.request, request)) return known.task;
  const message = 'The clientToken was used before with other parameters.';
  throw new ServiceFault('ConflictException', message, 400, { resourceIds: [known.task.taskArn] });
}

function definitionFor(
  { taskDefinition = '', overrides = {} }: RunTaskRequest,
  definitions: TaskDefinitions,
): RegisteredDefinition {
  if (JSON.stringify(overrides).length > MAX_OVERRIDE_CHARACTERS)
    throw invalid('Container Overrides length must be at most 8192');
  const found = definitions.find(taskDefinition);
  if (found === undefined) throw new ServiceFault('ClientException', 'TaskDefinition not found.');
  if (found.status !== 'ACTIVE') throw new ServiceFault('ClientException', 'TaskDefinition is inactive');
  const names = found.containerDefinitions?.map(({ name }) => name) ?? [];
  const stray = overrides.containerOverrides?.find(({ name }) => !names.includes(name));
  if (stray !== undefined)
    throw invalid(`Override for container named ${stray.name} is not a container in the TaskDefinition.`);
  return found;
}

function checkCluster(asked: string | undefined, cluster: string): void {
  if (asked?.split('/').at(-1) === cluster) return;
  throw new ServiceFault('ClusterNotFoundException', 'Cluster not found.');
}

/** ECS refuses the whole request for the ARN of another cluster's task. */
function checkIdentifier(reference: string, cluster: string): void {
  const other = /:task\/([^/]+)\//.exec(reference)?.[1] ?? cluster;
  if (other !== cluster)
    throw invalid(`Invalid identifier: Identifier is for cluster ${other}. Your cluster is ${cluster}`);
}

function invalid(message: string): ServiceFault {
  return new ServiceFault('InvalidParameterException', message);
}

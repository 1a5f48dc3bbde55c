import type { Task } from '@aws-sdk/client-ecs';
import { mkdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { setImmediate as soon } from 'node:timers/promises';
import { removeTree } from '../../files/remove-tree.js';
import type { StopCause } from '@outpost/contracts';
import type { Container } from './ecs-container.js';
import {
  accessPointMounts,
  containerEnvironment,
  containerOf,
  linkMounts,
  logStreamOf,
  taskEnvironment,
  type ContainerDirs,
  type NewTask,
  type TaskHost,
} from './ecs-host.js';

type Stop = Required<Pick<Task, 'stopCode' | 'stoppedReason'>>;

const ESSENTIAL: Stop = {
  stopCode: 'EssentialContainerExited',
  stoppedReason: 'Essential container in task exited',
};
const SPOT: Stop = { stopCode: 'SpotInterruption', stoppedReason: 'Your Spot Task was interrupted.' };
const OUT_OF_MEMORY = 'OutOfMemoryError: Container killed due to memory usage';
const NEVER_STARTED: Readonly<Partial<Record<StopCause, string>>> = {
  image_unavailable:
    'CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to resolve ref: not found',
  capacity_unavailable:
    'Capacity is unavailable at this time. Please try again later or in a different availability zone',
};

/** One task from PROVISIONING to STOPPED. */
export class EcsTask {
  readonly taskArn: string;
  /** Of a task that was started for one dispatch. */
  readonly dispatchId: string | undefined;
  /** Of one that was started warm. */
  readonly workerId: string | undefined;
  /** Every `lastStatus`, in order. */
  readonly statuses: string[] = ['PROVISIONING'];
  /** Resolves once it is STOPPED. */
  readonly ended: Promise<void>;
  readonly #params: NewTask;
  readonly #host: TaskHost;
  readonly #createdAt = Date.now() / 1_000;
  #stop: Stop | undefined;
  #container: Container | undefined;
  #exitCode: number | undefined;
  #reason: string | undefined;

  constructor(params: NewTask, host: TaskHost) {
    this.taskArn = params.taskArn;
    this.#params = params;
    this.#host = host;
    const environment = containerEnvironment(params);
    this.dispatchId = environment['OUTPOST_DISPATCH_ID'];
    this.workerId = environment['OUTPOST_WORKER_ID'];
    this.ended = this.#live();
  }

  get taskId(): string {
    return basename(this.taskArn);
  }

  get #dirs(): ContainerDirs {
    const workspaces = join(this.#host.workspacesDir, this.taskId);
    return { workspaces, data: `${workspaces}-data` };
  }

  get lastStatus(): string {
    return this.statuses.at(-1)!;
  }

  /** As DescribeTasks answers it; times in epoch seconds. */
  describe({ withTags = false } = {}) {
    const { clusterArn, definition, request } = this.#params;
    const { taskArn, lastStatus } = this;
    return {
      taskArn,
      clusterArn,
      taskDefinitionArn: definition.taskDefinitionArn,
      group: `family:${definition.family}`,
      launchType: request.launchType,
      startedBy: request.startedBy,
      ...(withTags && { tags: request.tags ?? [] }),
      overrides: request.overrides,
      lastStatus,
      desiredStatus: this.#stop === undefined && lastStatus !== 'STOPPED' ? 'RUNNING' : 'STOPPED',
      createdAt: this.#createdAt,
      ...this.#stop,
      containers: [
        {
          taskArn,
          name: containerOf(definition).name,
          exitCode: this.#exitCode,
          reason: this.#reason,
          lastStatus,
        },
      ],
    };
  }

  stop(stop: Stop): void {
    if (this.#stop !== undefined || this.lastStatus === 'STOPPED') return;
    this.#stop = stop;
    if (this.#container === undefined) return;
    this.#to('DEACTIVATING', 'STOPPING');
    this.#container.stop(this.#host.stopTimeoutMs);
  }

  interrupt(): void {
    this.stop(SPOT);
  }

  /** As the kernel does: without a warning. */
  exhaustMemory(): void {
    this.#reason = OUT_OF_MEMORY;
    this.#container?.kill();
  }

  kill(): void {
    this.stop({ stopCode: 'UserInitiated', stoppedReason: 'The server of the test was closed.' });
    this.#container?.kill();
  }

  async #live(): Promise<void> {
    const { fate } = this.#params;
    await soon();
    this.#to('PENDING');
    const reason = fate === undefined ? undefined : NEVER_STARTED[fate];
    const trouble = reason ?? (await this.#start());
    if (trouble === undefined) await this.#run(fate);
    else {
      this.#stop = { stopCode: 'TaskFailedToStart', stoppedReason: trouble };
      this.#reason = trouble;
    }
    // What a process that could not be killed still writes stays for whoever made the directory.
    for (const each of Object.values(this.#dirs)) await removeTree(each).catch(() => undefined);
    this.#stop ??= ESSENTIAL;
    this.#to('DEPROVISIONING', 'STOPPED');
  }

  /** Says what kept the container from being started. */
  async #start(): Promise<string | undefined> {
    const [params, host, dirs] = [this.#params, this.#host, this.#dirs];
    try {
      for (const each of Object.values(dirs)) await mkdir(each, { recursive: true, mode: 0o700 });
      const mounts = await accessPointMounts(params.definition, host.efs);
      await linkMounts(mounts, dirs.workspaces);
      if (this.#stop !== undefined) return undefined;
      this.#container = await host.startContainer({
        name: this.taskId,
        definition: params.definition,
        mounts,
        command: host.worker.command,
        env: taskEnvironment(params, host, dirs),
        cwd: dirs.workspaces,
        agentToEnd: () => host.agentToEnd(this),
        onLine: (line) => this.#print(line),
      });
      return undefined;
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  }

  async #run(fate: StopCause | undefined): Promise<void> {
    if (this.#container !== undefined) {
      this.#to('RUNNING');
      // It was asked to stop while its process came about.
      if (this.#stop !== undefined) this.#container.stop(this.#host.stopTimeoutMs);
      if (fate === 'spot_interrupted') this.interrupt();
      if (fate === 'out_of_memory') this.exhaustMemory();
      const { exitCode, isOutOfMemory = false } = await this.#container.ended;
      this.#exitCode = exitCode;
      if (isOutOfMemory) this.#reason = OUT_OF_MEMORY;
    }
  }

  #to(...statuses: string[]): void {
    this.statuses.push(...statuses);
  }

  #print(line: string): void {
    const place = logStreamOf(this.#params);
    if (place !== undefined) this.#host.onOutput?.({ taskArn: this.taskArn, ...place, line });
  }
}

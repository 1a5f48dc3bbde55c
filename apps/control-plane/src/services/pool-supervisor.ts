import type {
  Clock,
  DispatchStore,
  TaskDescription,
  TaskRunner,
  WorkerPool,
  WorkerRecord,
} from '@outpost/platform';
import type { Logger } from 'pino';
import { isOrphan } from '../domain/orphans.js';
import { superviseWorker, type WorkerHealthPolicy } from '../domain/worker-health.js';
import { attempt } from './attempt.js';

export interface PoolPolicy extends WorkerHealthPolicy {
  /** From the end of a worker's dispatch to its being idle, with all traces of it wiped. */
  readonly wipeGraceMs: number;
}

interface PoolSupervisorOptions {
  readonly workers: WorkerPool;
  readonly tasks: TaskRunner;
  readonly dispatches: DispatchStore;
  readonly policy: PoolPolicy;
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface Sweep {
  /** Those whose tasks go on. */
  readonly left: readonly WorkerRecord[];
  /** Those that ended before they were ever idle. */
  readonly failedToStart: readonly WorkerRecord[];
}

/** Forgets warm workers that are gone, and stops those that do not come on. */
export class PoolSupervisor {
  readonly #options: PoolSupervisorOptions;

  constructor(options: PoolSupervisorOptions) {
    this.#options = options;
  }

  async sweep(workers: readonly WorkerRecord[]): Promise<Sweep> {
    const tasks = await this.#describe(workers);
    const gone = new Set<WorkerRecord>();
    for (const worker of workers) {
      await attempt(this.#options.logger, `supervise warm worker ${worker.workerId}`, async () => {
        const task = worker.taskArn === undefined ? undefined : tasks.get(worker.taskArn);
        if (await this.#isGone(worker, task)) gone.add(worker);
      });
    }
    return {
      left: workers.filter((worker) => !gone.has(worker)),
      failedToStart: [...gone].filter(({ state }) => state === 'STARTING'),
    };
  }

  async #describe(workers: readonly WorkerRecord[]): Promise<ReadonlyMap<string, TaskDescription>> {
    const taskArns = workers.map(({ taskArn }) => taskArn).filter((taskArn) => taskArn !== undefined);
    const described = taskArns.length === 0 ? [] : await this.#options.tasks.describe({ taskArns });
    return new Map(described.map((task) => [task.taskArn, task]));
  }

  async #isGone(worker: WorkerRecord, task: TaskDescription | undefined): Promise<boolean> {
    const { workers, clock, policy, logger } = this.#options;
    const { workerId, agent, state } = worker;
    const action = superviseWorker(worker, task, clock.now(), policy);
    if (action === 'forget') {
      if (await this.#isStillLookedAt(worker)) return false;
      await workers.remove({ workerId });
      logger.info({ workerId, agent, state, reason: task?.stoppedReason }, 'warm worker is gone');
      return true;
    }
    if (action === 'stop' || (await this.#isStuck(worker))) await this.#stop(worker);
    return false;
  }

  /** Its task tells why its dispatch failed, and goes with it: whoever reaps that must have seen it first. */
  async #isStillLookedAt({ taskArn, tenantId, dispatchId }: WorkerRecord): Promise<boolean> {
    if (taskArn === undefined || tenantId === undefined || dispatchId === undefined) return false;
    const record = await this.#options.dispatches.get({ tenantId, dispatchId });
    const isUnderWay = record?.status === 'PENDING' || record?.status === 'RUNNING';
    return isUnderWay && record.taskArn === taskArn;
  }

  /** Whether it says that it is busy long after its dispatch has ended, or gone elsewhere. */
  async #isStuck({ state, taskArn, tenantId, dispatchId, changedAt }: WorkerRecord): Promise<boolean> {
    const { dispatches, clock, policy } = this.#options;
    const now = clock.now();
    const graceMs = policy.wipeGraceMs;
    if (state !== 'BUSY' || now - Date.parse(changedAt) < graceMs) return false;
    if (taskArn === undefined || tenantId === undefined || dispatchId === undefined) return false;
    const record = await dispatches.get({ tenantId, dispatchId });
    return isOrphan({ taskArn, since: changedAt, record, now, graceMs });
  }

  async #stop({ workerId, taskArn, agent, state }: WorkerRecord): Promise<void> {
    const { workers, tasks, logger } = this.#options;
    // It may have come on in this moment, and been given a dispatch.
    if (state === 'STARTING' && !(await workers.retire({ workerId }))) return;
    if (taskArn !== undefined) await tasks.stop({ taskArn });
    logger.warn({ workerId, agent, state }, 'warm worker does not come on; it is stopped');
  }
}

import {
  costEventOf,
  costOf,
  failure,
  type DispatchRecord,
  type FailureClass,
  type Outcome,
  type RecordIn,
  type TerminalStatus,
} from '@outpost/contracts';
import {
  timestamp,
  type Clock,
  type DispatchStore,
  type TaskDescription,
  type TaskRunner,
} from '@outpost/platform';
import type { Logger } from 'pino';
import { reap, type ReapDecision, type ReapPolicy } from '../domain/reap.js';
import type { EventPublisher } from './event-publisher.js';
import type { Scheduler } from './scheduler.js';
import type { TaskLauncher } from './task-launcher.js';
import type { WorkspaceHandler } from './workspace-handler.js';

type SlotHolder = RecordIn<'PENDING'> | RecordIn<'RUNNING'>;

interface ReconcilerOptions {
  readonly dispatches: DispatchStore;
  readonly tasks: TaskRunner;
  readonly launcher: TaskLauncher;
  readonly scheduler: Scheduler;
  readonly workspaces: WorkspaceHandler;
  readonly publisher: EventPublisher;
  readonly clock: Clock;
  readonly policy: ReapPolicy;
  readonly cleanUpIntervalMs: number;
  readonly logger: Logger;
}

/** Brings every dispatch to an end, whatever died on the way. Idempotent: each step is one conditional write. */
export class Reconciler {
  readonly #options: ReconcilerOptions;
  #nextCleanUpAt = 0;

  constructor(options: ReconcilerOptions) {
    this.#options = options;
  }

  /** One round. A step that fails is logged and does not keep the others from being taken. */
  async tick(): Promise<void> {
    await this.#attempt('reap', () => this.#reapAll());
    await this.#attempt('admit', () => this.#options.scheduler.admitWaiting());
    await this.#attempt('publish', () => this.#options.publisher.publishLeft());
    await this.#attempt('clean up', () => this.#cleanUp());
  }

  async #reapAll(): Promise<void> {
    const { dispatches, tasks } = this.#options;
    const records = (await dispatches.listByStatus({ statuses: ['PENDING', 'RUNNING'] })).filter(
      isSlotHolder,
    );
    const taskArns = records.map(({ taskArn }) => taskArn).filter((taskArn) => taskArn !== undefined);
    const described = taskArns.length === 0 ? [] : await tasks.describe({ taskArns });
    const byArn = new Map(described.map((task) => [task.taskArn, task]));
    for (const record of records) {
      await this.#attempt(`reap ${record.dispatchId}`, () => this.#reap(record, byArn));
    }
  }

  async #reap(listed: SlotHolder, tasks: ReadonlyMap<string, TaskDescription>): Promise<void> {
    if (this.#decide(listed, tasks).action === 'none') return;
    // The list may be behind. Read after the task was: a record that is not ended now was not when the task was.
    const record = await this.#options.dispatches.get(listed);
    if (record === undefined || !isSlotHolder(record)) return;
    await this.#carryOut(record, this.#decide(record, tasks));
  }

  #decide(record: SlotHolder, tasks: ReadonlyMap<string, TaskDescription>): ReapDecision {
    const { clock, policy } = this.#options;
    const task = record.taskArn === undefined ? undefined : tasks.get(record.taskArn);
    // Started since the tasks were looked at: the next round knows it.
    if (record.taskArn !== undefined && task === undefined) return { action: 'none' };
    return reap(record, task, clock.now(), policy);
  }

  async #carryOut(record: SlotHolder, decision: ReapDecision): Promise<void> {
    const { launcher } = this.#options;
    switch (decision.action) {
      case 'none':
        return;
      case 'launch':
        if (record.status === 'PENDING') await launcher.launch({ ...record, launches: decision.launches });
        return;
      case 'stop':
        if (record.taskArn !== undefined) await launcher.stop({ taskArn: record.taskArn });
        return;
      case 'cancelled':
        return this.#end(record, 'CANCELLED', 'cancelled', 'Cancelled; the worker ended without a report.');
      case 'timeout': {
        if (record.taskArn !== undefined) await launcher.stop({ taskArn: record.taskArn });
        const message = `It ran past its ${record.timeoutSeconds} s and its worker did not end.`;
        return this.#end(record, 'TIMEOUT', 'timed_out', message);
      }
      case 'fail':
        return this.#end(record, 'FAILED', decision.failureClass, decision.message);
    }
  }

  async #end(
    record: SlotHolder,
    to: TerminalStatus,
    failureClass: FailureClass,
    message: string,
  ): Promise<void> {
    const { tenantId, dispatchId } = record;
    const outcome: Outcome = {
      completedAt: timestamp(this.#options.clock),
      exitCode: null,
      errorMessage: message,
      failure: failure(failureClass, message),
      ...(record.status === 'RUNNING' && { cost: this.#computeCost(record) }),
    };
    const { dispatches, publisher, logger } = this.#options;
    const move = { to, ...outcome };
    const event = costEventOf(record, move);
    const during = [record.status];
    const result = await dispatches.move({ tenantId, dispatchId, move, during, event });
    if (result.outcome !== 'moved') return;
    logger.warn({ tenantId, dispatchId, to, failureClass, message }, 'reaped');
    await publisher.publish(event);
  }

  // The tokens of a worker that died are not known: only its time is.
  #computeCost(record: RecordIn<'RUNNING'>): ReturnType<typeof costOf> {
    const durationMs = Math.max(0, this.#options.clock.now() - Date.parse(record.startedAt));
    return costOf({
      modelId: record.modelId,
      tier: record.tier,
      durationMs,
      usage: undefined,
      reportedCostUsd: undefined,
    });
  }

  async #cleanUp(): Promise<void> {
    const { dispatches, workspaces, clock, cleanUpIntervalMs } = this.#options;
    if (clock.now() < this.#nextCleanUpAt) return;
    this.#nextCleanUpAt = clock.now() + cleanUpIntervalMs;
    await workspaces.removeStale({
      readInUse: async () => {
        const active = await dispatches.listByStatus({ statuses: ['QUEUED', 'PENDING', 'RUNNING'] });
        return new Set(active.map(({ workspaceId }) => workspaceId));
      },
    });
  }

  async #attempt(step: string, run: () => Promise<void>): Promise<void> {
    try {
      await run();
    } catch (error) {
      this.#options.logger.error({ err: error, step }, 'reconciler step failed; the next round tries again');
    }
  }
}

function isSlotHolder(record: DispatchRecord): record is SlotHolder {
  return record.status === 'PENDING' || record.status === 'RUNNING';
}

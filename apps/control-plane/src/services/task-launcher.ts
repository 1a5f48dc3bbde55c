import type { DispatchRecord, RecordIn } from '@outpost/contracts';
import { secretsFor, type DispatchStore, type MoveResult, type TaskRunner } from '@outpost/platform';
import type { Logger } from 'pino';
import type { PoolManager } from './pool-manager.js';
import type { SecretInjector } from './secret-injector.js';

/** The task that a dispatch is with; `workerId` when it is a warm worker's. */
export interface GivenTask {
  readonly taskArn: string;
  readonly workerId?: string;
}

interface TaskLauncherOptions {
  readonly tasks: TaskRunner;
  readonly pool: Pick<PoolManager, 'take'>;
  readonly dispatches: DispatchStore;
  readonly secrets: SecretInjector;
  readonly logger: Logger;
}

/** Gives dispatches their workers: a warm one where there is one, else one that is started for it. Stops them. */
export class TaskLauncher {
  readonly #options: TaskLauncherOptions;
  readonly #underWay = new Set<Promise<void>>();

  constructor(options: TaskLauncherOptions) {
    this.#options = options;
  }

  /** Launches after the caller has answered. What goes wrong is left to the Reconciler, which tries again. */
  launchSoon(record: RecordIn<'PENDING'>): void {
    const launch = this.launch(record)
      .catch((error: unknown) => {
        this.#options.logger.warn(
          { err: error, dispatchId: record.dispatchId },
          'launch failed; the reconciler will try again',
        );
      })
      .finally(() => this.#underWay.delete(launch));
    this.#underWay.add(launch);
  }

  /** Gives the attempt its worker. A repeat never gives it a second one. */
  async launch(record: RecordIn<'PENDING'>): Promise<void> {
    const { secrets, dispatches, pool } = this.#options;
    const { tenantId, dispatchId, attempt } = record;
    const given = (await pool.take(record)) ?? (await this.#start(record));
    secrets.recordInjection({ tenantId, dispatchId, references: secretsFor(record) });
    const noted = await dispatches.annotate({
      tenantId,
      dispatchId,
      during: ['PENDING'],
      fence: { attempt },
      set: given,
    });
    if (noted.outcome !== 'moved') await this.#settle(record, given, noted);
  }

  /**
   * Tells the worker of a dispatch that was cancelled. A warm one is not told: it reads the cancellation in the record,
   * where it looks before it begins and twice a second from then on, and stays for the next dispatch.
   */
  async stopCancelled(record: DispatchRecord): Promise<void> {
    const { taskArn, workerId } = taskOf(record);
    if (taskArn !== undefined && workerId === undefined) await this.stop({ taskArn });
  }

  async stop({ taskArn }: { taskArn: string }): Promise<void> {
    await this.#options.tasks.stop({ taskArn });
  }

  /** Resolves when no launch is under way. */
  async settled(): Promise<void> {
    await Promise.all(this.#underWay);
  }

  async #start(record: RecordIn<'PENDING'>): Promise<GivenTask> {
    const { tenantId, dispatchId, agent, tier, workspaceId, workspaceMode, attempt } = record;
    const { taskArn } = await this.#options.tasks.launch({
      clientToken: attempt === 1 ? dispatchId : `${dispatchId}-${attempt}`,
      tenantId,
      dispatchId,
      agent,
      tier,
      workspaceId,
      workspaceMode,
      secrets: secretsFor(record),
    });
    return { taskArn };
  }

  /** The dispatch was not PENDING in this attempt any more when its task was to be noted. */
  async #settle(
    { tenantId, dispatchId }: RecordIn<'PENDING'>,
    { taskArn, workerId }: GivenTask,
    noted: Exclude<MoveResult, { outcome: 'moved' }>,
  ): Promise<void> {
    const isWithIt = noted.outcome === 'refused' && taskOf(noted.record).taskArn === taskArn;
    if (workerId === undefined) {
      // Cancelled while the task was being started: whoever cancelled it could not know the task.
      if (!isWithIt) await this.stop({ taskArn });
      return;
    }
    // A warm worker whose dispatch is gone finds out when it claims it, and stays. One that was faster with its claim
    // has noted its task, but does not know itself by its id.
    if (!isWithIt) return;
    const during = ['RUNNING'] as const;
    await this.#options.dispatches.annotate({
      tenantId,
      dispatchId,
      during,
      fence: { taskArn },
      set: { workerId },
    });
  }
}

function taskOf(record: DispatchRecord): {
  readonly taskArn?: string | undefined;
  readonly workerId?: string | undefined;
} {
  return record.status === 'QUEUED' ? {} : record;
}

import { isCancelRequested, type RecordIn } from '@outpost/contracts';
import { secretsFor, type DispatchStore, type TaskRunner } from '@outpost/platform';
import type { Logger } from 'pino';
import type { SecretInjector } from './secret-injector.js';

/** Starts and stops the workers of dispatches. */
export class TaskLauncher {
  readonly #tasks: TaskRunner;
  readonly #dispatches: DispatchStore;
  readonly #secrets: SecretInjector;
  readonly #logger: Logger;
  readonly #underWay = new Set<Promise<void>>();

  constructor(ports: {
    tasks: TaskRunner;
    dispatches: DispatchStore;
    secrets: SecretInjector;
    logger: Logger;
  }) {
    this.#tasks = ports.tasks;
    this.#dispatches = ports.dispatches;
    this.#secrets = ports.secrets;
    this.#logger = ports.logger;
  }

  /** Starts the worker after the caller has answered. What goes wrong is left to the Reconciler, which tries again. */
  launchSoon(record: RecordIn<'PENDING'>): void {
    const launch = this.launch(record)
      .catch((error: unknown) => {
        this.#logger.warn(
          { err: error, dispatchId: record.dispatchId },
          'launch failed; the reconciler will try again',
        );
      })
      .finally(() => this.#underWay.delete(launch));
    this.#underWay.add(launch);
  }

  /** Starts the worker. A repeat for the same `launches` never starts a second one. */
  async launch(record: RecordIn<'PENDING'>): Promise<void> {
    const { tenantId, dispatchId, agent, tier, workspaceId, workspaceMode, launches } = record;
    const references = secretsFor(record);
    const { taskArn } = await this.#tasks.launch({
      clientToken: launches === 0 ? dispatchId : `${dispatchId}-${launches}`,
      tenantId,
      dispatchId,
      agent,
      tier,
      workspaceId,
      workspaceMode,
      secrets: references,
    });
    this.#secrets.recordInjection({ tenantId, dispatchId, references });
    // A fast worker may be past PENDING by now: its task is still worth knowing.
    const noted = await this.#dispatches.annotate({
      tenantId,
      dispatchId,
      during: ['PENDING', 'RUNNING'],
      set: { taskArn, launches },
    });
    // Cancelled while the task was being started: whoever cancelled it could not know the task.
    if (noted.outcome === 'refused' || (noted.outcome === 'moved' && isCancelRequested(noted.record))) {
      await this.#tasks.stop({ taskArn });
    }
  }

  async stop({ taskArn }: { taskArn: string }): Promise<void> {
    await this.#tasks.stop({ taskArn });
  }

  /** Resolves when no launch is under way. */
  async settled(): Promise<void> {
    await Promise.all(this.#underWay);
  }
}

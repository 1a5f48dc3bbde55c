import type {
  ArtifactStore,
  Clock,
  DispatchKey,
  DispatchStore,
  LiveTask,
  LogReader,
  PromotionStore,
  TaskRunner,
  WorkerPool,
  WorkspaceKey,
} from '@outpost/platform';
import type { Logger } from 'pino';
import { isOrphan } from '../domain/orphans.js';
import { attempt } from './attempt.js';
import type { WorkspaceHandler } from './workspace-handler.js';

/** Expired dispatches that are deleted in one round: the next round takes the next. */
const EXPIRED_MAX = 100;

interface HousekeepingOptions {
  readonly dispatches: DispatchStore;
  readonly tasks: TaskRunner;
  readonly workers: WorkerPool;
  readonly artifacts: ArtifactStore;
  readonly logs: LogReader;
  readonly promotions: Pick<PromotionStore, 'remove'>;
  readonly workspaces: WorkspaceHandler;
  readonly clock: Clock;
  readonly intervalMs: number;
  /** What a task is left alone for after its launch, and after the end of its dispatch. */
  readonly orphanGraceMs: number;
  readonly logger: Logger;
}

function nameOf({ tenantId, workspaceId }: WorkspaceKey): string {
  return `${tenantId}/${workspaceId}`;
}

/** Puts away what nobody needs any more: tasks, dispatches past their time with all that they left, workspaces. */
export class Housekeeping {
  readonly #options: HousekeepingOptions;
  #nextAt = 0;

  constructor(options: HousekeepingOptions) {
    this.#options = options;
  }

  /** Does nothing before the interval is over. A step that fails does not keep the others from being taken. */
  async cleanUp(): Promise<void> {
    const { clock, intervalMs, logger } = this.#options;
    if (clock.now() < this.#nextAt) return;
    this.#nextAt = clock.now() + intervalMs;
    await attempt(logger, 'stop orphaned tasks', () => this.#stopOrphans());
    await attempt(logger, 'delete expired dispatches', () => this.#deleteExpired());
    await attempt(logger, 'delete stale workspaces', () => this.#removeStaleWorkspaces());
  }

  async #stopOrphans(): Promise<void> {
    const { tasks, logger } = this.#options;
    for (const task of await tasks.listLive()) {
      const { taskArn, dispatchId } = task;
      await attempt(logger, `look at task ${taskArn}`, async () => {
        if (!(await this.#isOrphan(task))) return;
        await tasks.stop({ taskArn });
        logger.warn({ taskArn, dispatchId }, 'task works for nobody; it is stopped');
      });
    }
  }

  async #isOrphan({ taskArn, launchedAt: since, tenantId, dispatchId }: LiveTask): Promise<boolean> {
    const { dispatches, clock, orphanGraceMs: graceMs } = this.#options;
    const now = clock.now();
    if (now - Date.parse(since) < graceMs) return false;
    const record = await dispatches.get({ tenantId, dispatchId });
    return isOrphan({ taskArn, since, record, now, graceMs });
  }

  async #deleteExpired(): Promise<void> {
    const { dispatches, clock, logger } = this.#options;
    const now = Math.floor(clock.now() / 1000);
    for (const { tenantId, dispatchId } of await dispatches.listExpired({ now, limit: EXPIRED_MAX })) {
      await attempt(logger, `delete ${dispatchId}`, () => this.#delete({ tenantId, dispatchId }));
    }
  }

  // The record goes last: as long as it is there, what is left can be found.
  async #delete(key: DispatchKey): Promise<void> {
    const { dispatches, artifacts, logs, promotions } = this.#options;
    await artifacts.remove(key);
    await logs.remove(key);
    await promotions.remove(key);
    await dispatches.remove(key);
  }

  async #removeStaleWorkspaces(): Promise<void> {
    const { dispatches, workspaces } = this.#options;
    const atWork = await this.#workspacesAtWork();
    await workspaces.removeStale({
      isInUse: async (key) => atWork.has(nameOf(key)) || (await dispatches.isWorkspaceInUse(key)),
    });
  }

  /** A worker may have reported the end of its dispatch, and still collect what there is in the workspace. */
  async #workspacesAtWork(): Promise<ReadonlySet<string>> {
    const { dispatches, tasks, workers } = this.#options;
    const busy = (await workers.list()).flatMap(({ tenantId, dispatchId }) =>
      tenantId === undefined || dispatchId === undefined ? [] : [{ tenantId, dispatchId }],
    );
    const keys = [...(await tasks.listLive()), ...busy];
    const records = await Promise.all(keys.map((key) => dispatches.get(key)));
    return new Set(records.filter((record) => record !== undefined).map(nameOf));
  }
}

import { AGENT_NAMES, AGENTS, type AgentName, type RecordIn } from '@outpost/contracts';
import {
  secretsFor,
  type Clock,
  type DispatchStore,
  type WorkerPool,
  type WorkerRecord,
} from '@outpost/platform';
import type { Logger } from 'pino';
import { planStarts, type Share } from '../domain/fair-share.js';
import { planPool, type PoolSizes } from '../domain/pool-size.js';
import { attempt } from './attempt.js';
import { Backoff } from './backoff.js';
import type { PoolSupervisor } from './pool-supervisor.js';
import { NOTHING, sharesOf } from './tenant-shares.js';
import type { Tenants } from './tenants.js';

/** A start that fails is likely to fail again: a platform without room, an image that is broken. */
const START_BACKOFF = { firstMs: 5_000, maxMs: 300_000 } as const;

export interface WarmCounts {
  readonly idle: number;
  readonly starting: number;
  readonly busy: number;
}

interface PoolManagerOptions {
  readonly workers: WorkerPool;
  readonly supervisor: PoolSupervisor;
  readonly dispatches: DispatchStore;
  readonly sizes: PoolSizes;
  readonly idleTimeoutMs: number;
  readonly tenants: Pick<Tenants, 'policiesOf'>;
  /** How many of one agent may hold a slot at once. */
  readonly perAgent: number;
  readonly clock: Clock;
  /** A UUID each time. */
  readonly newWorkerId: () => string;
  readonly logger: Logger;
}

/** Keeps warm workers, and gives them to dispatches. */
export class PoolManager {
  readonly #options: PoolManagerOptions;
  readonly #backoff: Backoff<AgentName>;

  constructor(options: PoolManagerOptions) {
    this.#options = options;
    this.#backoff = new Backoff({ clock: options.clock, ...START_BACKOFF });
  }

  /**
   * Gives the dispatch to an idle worker of its agent and tier, one that has served its tenant first. A repeat answers
   * the same worker. Undefined: there is none, or it should have one of its own.
   */
  async take(
    record: RecordIn<'PENDING'>,
  ): Promise<{ readonly taskArn: string; readonly workerId: string } | undefined> {
    if (!this.#isForWarmWorkers(record)) return undefined;
    const { tenantId, dispatchId } = record;
    const workers = (await this.#options.workers.list()).filter(isKnown);
    const earlier = workers.find(
      (worker) => worker.state === 'BUSY' && worker.dispatchId === dispatchId && worker.tenantId === tenantId,
    );
    if (earlier !== undefined) return taskOf(earlier);
    for (const worker of workers.filter((each) => mayServe(each, record)).toSorted(byUse)) {
      const { workerId } = worker;
      const secrets = secretsFor(record);
      if (await this.#options.workers.assign({ workerId, tenantId, dispatchId, secrets }))
        return taskOf(worker);
    }
    return undefined;
  }

  /** One round: ends what should not go on, and brings the pool to its size. For one instance at a time. */
  async tick(): Promise<void> {
    const { workers, supervisor, logger } = this.#options;
    const { left, failedToStart } = await supervisor.sweep(await workers.list());
    for (const { agent } of failedToStart) this.#backoff.failed(agent);
    const demand = await this.#demand();
    for (const agent of AGENT_NAMES) {
      const own = left.filter((worker) => worker.agent === agent);
      await attempt(logger, `pool of ${agent}`, () => this.#resize(agent, own, demand.get(agent) ?? 0));
    }
  }

  /** How many workers each agent has, without those that are stopping. */
  async counts(): Promise<Readonly<Record<AgentName, WarmCounts>>> {
    const workers = await this.#options.workers.list();
    const entries = AGENT_NAMES.map((agent) => {
      const own = workers.filter((worker) => worker.agent === agent);
      const count = (state: WorkerRecord['state']): number =>
        own.filter((each) => each.state === state).length;
      return [agent, { idle: count('IDLE'), starting: count('STARTING'), busy: count('BUSY') }] as const;
    });
    return Object.fromEntries(entries) as Record<AgentName, WarmCounts>;
  }

  // A persistent workspace is mounted when a task starts. What ailed the first attempt must not ail the next.
  #isForWarmWorkers({ agent, workspaceMode, attempt: number }: RecordIn<'PENDING'>): boolean {
    return this.#options.sizes[agent].max > 0 && workspaceMode === 'ephemeral' && number === 1;
  }

  async #resize(agent: AgentName, own: readonly WorkerRecord[], demand: number): Promise<void> {
    const { workers, sizes, idleTimeoutMs, clock, logger } = this.#options;
    const plan = planPool({ workers: own, demand, size: sizes[agent], idleTimeoutMs, now: clock.now() });
    for (const workerId of plan.retire) {
      if (await workers.retire({ workerId })) logger.info({ agent, workerId }, 'warm worker retired');
    }
    for (let count = 0; count < plan.start && !this.#backoff.isPaused(agent); count += 1) {
      await this.#startOne(agent);
    }
  }

  async #startOne(agent: AgentName): Promise<void> {
    const { workers, newWorkerId, logger } = this.#options;
    const workerId = newWorkerId();
    try {
      await workers.start({ workerId, agent, tier: AGENTS[agent].tier });
      logger.info({ agent, workerId }, 'warm worker started');
    } catch (error) {
      this.#backoff.failed(agent);
      logger.warn({ err: error, agent, workerId }, 'warm worker not started; tried again after a pause');
    }
  }

  /** By agent, how many of the queue could have a worker soon: as many as would start if no agent was busy. */
  async #demand(): Promise<ReadonlyMap<AgentName, number>> {
    const { dispatches, tenants, perAgent, sizes, clock } = this.#options;
    const canGrow = AGENT_NAMES.some((agent) => sizes[agent].max > sizes[agent].min);
    const heads = canGrow ? await dispatches.queueHeads({ perLine: perAgent }) : [];
    if (heads.length === 0) return new Map();
    const tenantIds = [...new Set(heads.map(({ tenantId }) => tenantId))];
    const usage = { ...(await dispatches.slotUsage({ tenantIds })), byAgent: {} };
    const shares = await sharesOf(tenants, tenantIds);
    const shareOf = (tenantId: string): Share => shares.get(tenantId) ?? NOTHING;
    const starts = planStarts({ heads, usage, perAgent, shareOf, now: clock.now() });
    const byAgent = Map.groupBy(starts, ({ agent }) => agent);
    return new Map([...byAgent].map(([agent, each]) => [agent, each.length]));
  }
}

type KnownWorker = WorkerRecord & { readonly taskArn: string };

function isKnown(worker: WorkerRecord): worker is KnownWorker {
  return worker.taskArn !== undefined;
}

function taskOf({ taskArn, workerId }: KnownWorker): { readonly taskArn: string; readonly workerId: string } {
  return { taskArn, workerId };
}

function mayServe(worker: WorkerRecord, { agent, tier, tenantId }: RecordIn<'PENDING'>): boolean {
  const isFree = worker.tenantId === undefined || worker.tenantId === tenantId;
  return worker.state === 'IDLE' && worker.agent === agent && worker.tier === tier && isFree;
}

/** One that can serve nobody else comes first; then the one that came back last, so that the others may time out. */
function byUse(a: WorkerRecord, b: WorkerRecord): number {
  const bound = Number(b.tenantId !== undefined) - Number(a.tenantId !== undefined);
  return bound || Date.parse(b.changedAt) - Date.parse(a.changedAt);
}

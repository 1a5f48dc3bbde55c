import { AGENT_NAMES } from '@outpost/contracts';
import {
  timestamp,
  type AdmitResult,
  type Clock,
  type DispatchStore,
  type QueueHead,
} from '@outpost/platform';
import type { Logger } from 'pino';
import { planStarts, type Share } from '../domain/fair-share.js';
import { SingleFlight } from '../single-flight.js';
import type { TaskLauncher } from './task-launcher.js';
import { NOTHING, sharesOf } from './tenant-shares.js';
import type { Tenants } from './tenants.js';

/** Of one line at a time: what is behind is read once these have started. */
const PER_LINE_MAX = 50;

interface SchedulerOptions {
  readonly dispatches: DispatchStore;
  readonly launcher: Pick<TaskLauncher, 'launchSoon'>;
  readonly tenants: Pick<Tenants, 'policiesOf'>;
  /** How many of one agent may hold a slot at once. */
  readonly perAgent: number;
  readonly clock: Clock;
  readonly logger: Logger;
}

interface Plan {
  readonly starts: readonly QueueHead[];
  readonly shares: ReadonlyMap<string, Share>;
}

/** Starts queued dispatches when slots are free. Any number of instances may: each admission is one conditional write. */
export class Scheduler {
  readonly #options: SchedulerOptions;
  readonly #rounds = new SingleFlight(() => this.#admitPlanned());
  #isStopped = false;

  constructor(options: SchedulerOptions) {
    this.#options = options;
  }

  /** Asks for a look at the queue soon: a slot may be free, or a dispatch may have come. Never throws. */
  poke(): void {
    this.admitWaiting().catch((error: unknown) => {
      this.#options.logger.warn({ err: error }, 'the queue could not be served; the next round tries again');
    });
  }

  /**
   * Starts all that have room. Resolves with a look that began after this call; one that has started any is followed
   * by another, which is not waited for. Rejects when the store does not answer.
   */
  async admitWaiting(): Promise<void> {
    if (!this.#isStopped) await this.#rounds.request();
  }

  /** Resolves when no look is under way, nor any to follow. */
  async settled(): Promise<void> {
    await this.#rounds.settled();
  }

  /** Resolves when the look under way has ended. No other follows. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.settled();
  }

  async #admitPlanned(): Promise<void> {
    const full = new Set<string>();
    let started = false;
    const { starts, shares } = await this.#plan();
    for (const head of starts) {
      // Others were faster, or its workspace is not free: those behind it must not pass it.
      if (full.has(lineOf(head))) continue;
      const { outcome } = await this.#admit(head, shares.get(head.tenantId) ?? NOTHING);
      if (outcome === 'moved') started = true;
      if (outcome === 'full') full.add(lineOf(head));
    }
    // What has started makes way for those behind it, and time has passed in which slots came free.
    if (started) this.poke();
  }

  async #plan(): Promise<Plan> {
    const { dispatches, tenants, perAgent, clock } = this.#options;
    const perLine = await this.#mostThatCanStart();
    const heads = perLine === 0 ? [] : await dispatches.queueHeads({ perLine });
    if (heads.length === 0) return { starts: [], shares: new Map() };
    const tenantIds = [...new Set(heads.map(({ tenantId }) => tenantId))];
    const usage = await dispatches.slotUsage({ tenantIds });
    const shares = await sharesOf(tenants, tenantIds);
    const shareOf = (tenantId: string): Share => shares.get(tenantId) ?? NOTHING;
    return { starts: planStarts({ heads, usage, perAgent, shareOf, now: clock.now() }), shares };
  }

  /** Of one line. A fleet that is full has no need to look at its queue. */
  async #mostThatCanStart(): Promise<number> {
    const { dispatches, perAgent } = this.#options;
    const { byAgent } = await dispatches.slotUsage({ tenantIds: [] });
    const free = AGENT_NAMES.map((agent) => perAgent - (byAgent[agent] ?? 0));
    return Math.max(0, Math.min(Math.max(...free), PER_LINE_MAX));
  }

  async #admit({ tenantId, dispatchId }: QueueHead, share: Share): Promise<AdmitResult> {
    const { dispatches, launcher, perAgent, clock } = this.#options;
    const limits = { perAgent, perTenant: share.maxConcurrent };
    const result = await dispatches.admit({ tenantId, dispatchId, at: timestamp(clock), limits });
    if (result.outcome === 'moved' && result.record.status === 'PENDING') launcher.launchSoon(result.record);
    return result;
  }
}

function lineOf({ tenantId, agent }: QueueHead): string {
  return `${agent} ${tenantId}`;
}

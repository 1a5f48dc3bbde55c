import { AGENT_NAMES } from '@outpost/contracts';
import {
  timestamp,
  type AdmitResult,
  type CapacityLimits,
  type Clock,
  type DispatchStore,
  type QueueHead,
} from '@outpost/platform';
import type { Logger } from 'pino';
import { planStarts } from '../domain/fair-share.js';
import { SingleFlight } from '../single-flight.js';
import type { TaskLauncher } from './task-launcher.js';

/** Of one line at a time: what is behind is read once these have started. */
const PER_LINE_MAX = 50;

interface SchedulerOptions {
  readonly dispatches: DispatchStore;
  readonly launcher: Pick<TaskLauncher, 'launchSoon'>;
  readonly limits: CapacityLimits;
  /** Of a tenant's share; greater than 0. */
  readonly weightOf: (tenantId: string) => number;
  readonly clock: Clock;
  readonly logger: Logger;
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
    for (const head of await this.#plan()) {
      // Others were faster, or its workspace is not free: those behind it must not pass it.
      if (full.has(lineOf(head))) continue;
      const { outcome } = await this.#admit(head);
      if (outcome === 'moved') started = true;
      if (outcome === 'full') full.add(lineOf(head));
    }
    // What has started makes way for those behind it, and time has passed in which slots came free.
    if (started) this.poke();
  }

  async #plan(): Promise<readonly QueueHead[]> {
    const { dispatches, limits, weightOf, clock } = this.#options;
    const perLine = await this.#mostThatCanStart();
    if (perLine === 0) return [];
    const heads = await dispatches.queueHeads({ perLine });
    if (heads.length === 0) return [];
    const tenantIds = [...new Set(heads.map(({ tenantId }) => tenantId))];
    const usage = await dispatches.slotUsage({ tenantIds });
    return planStarts({ heads, usage, limits, weightOf, now: clock.now() });
  }

  /** Of one line. A fleet that is full has no need to look at its queue. */
  async #mostThatCanStart(): Promise<number> {
    const { dispatches, limits } = this.#options;
    const { byAgent } = await dispatches.slotUsage({ tenantIds: [] });
    const free = AGENT_NAMES.map((agent) => limits.perAgent - (byAgent[agent] ?? 0));
    return Math.max(0, Math.min(Math.max(...free), limits.perTenant, PER_LINE_MAX));
  }

  async #admit({ tenantId, dispatchId }: QueueHead): Promise<AdmitResult> {
    const { dispatches, launcher, limits, clock } = this.#options;
    const result = await dispatches.admit({ tenantId, dispatchId, at: timestamp(clock), limits });
    if (result.outcome === 'moved' && result.record.status === 'PENDING') launcher.launchSoon(result.record);
    return result;
  }
}

function lineOf({ tenantId, agent }: QueueHead): string {
  return `${agent} ${tenantId}`;
}

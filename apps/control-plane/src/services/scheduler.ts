import { timestamp, type CapacityLimits, type Clock, type DispatchStore } from '@outpost/platform';
import { startOrder } from '../domain/fair-share.js';
import type { TaskLauncher } from './task-launcher.js';

/** Starts queued dispatches when slots are free. */
export class Scheduler {
  readonly #dispatches: DispatchStore;
  readonly #launcher: TaskLauncher;
  readonly #limits: CapacityLimits;
  readonly #clock: Clock;

  constructor(options: {
    dispatches: DispatchStore;
    launcher: TaskLauncher;
    limits: CapacityLimits;
    clock: Clock;
  }) {
    this.#dispatches = options.dispatches;
    this.#launcher = options.launcher;
    this.#limits = options.limits;
    this.#clock = options.clock;
  }

  /** Admits until no head of the queue has room. Safe to run on several instances: each admission is one conditional write. */
  async admitWaiting(): Promise<void> {
    while (await this.#admitNext()) {
      // Each admission changes the load, and with it who is next.
    }
  }

  async #admitNext(): Promise<boolean> {
    const waiting = await this.#dispatches.queueHeads();
    if (waiting.length === 0) return false;
    const tenantIds = [...new Set(waiting.map(({ tenantId }) => tenantId))];
    const load = await this.#dispatches.slotUsage({ tenantIds });
    for (const { tenantId, dispatchId } of startOrder(waiting, load, this.#limits)) {
      const at = timestamp(this.#clock);
      const result = await this.#dispatches.admit({ tenantId, dispatchId, at, limits: this.#limits });
      if (result.outcome === 'moved' && result.record.status === 'PENDING') {
        this.#launcher.launchSoon(result.record);
        return true;
      }
    }
    return false;
  }
}

import { isTerminal, lifecycleEventOf, type Attempt, type DispatchRecord } from '@outpost/contracts';
import { eventsIn } from '@outpost/platform/testing';
import { expect } from 'vitest';
import { AGENTS_USED } from './actions.js';
import type { ModelFleet } from './model-fleet.js';
import { LIMITS } from './simulated-control-plane.js';

/** More than the longest way to an end, for all that may wait for one another. */
const MAX_MINUTES = 300;

const ONE_MORE = {
  type: 'create',
  tenant: 'ada',
  task: 'The one task.',
  workspace: 'ephemeral',
  key: undefined,
  instance: 0,
} as const;

/** What must hold at every moment. */
export class Invariants {
  readonly #fleet: ModelFleet;
  /** What is known of each dispatch that has ended. */
  readonly #ends = new Map<string, string>();
  readonly #attempts = new Map<string, readonly Attempt[]>();
  /** The type of each event that there has been, by its id. */
  readonly #told = new Map<string, string>();

  constructor(fleet: ModelFleet) {
    this.#fleet = fleet;
  }

  async check(): Promise<void> {
    const records = await this.#fleet.all();
    expect(this.#fleet.errors).toEqual([]);
    this.#checkNothingIsLost(records);
    this.#checkKeys(records);
    this.#checkEnds(records);
    this.#checkWork(records);
    this.#checkAttempts(records);
    await this.#checkSlots(records);
    await this.#checkEvents(records);
  }

  /** With nothing going astray any more: everything comes to its end, leaves nothing behind, and is not in the way. */
  async checkEnd(): Promise<void> {
    const fleet = this.#fleet;
    await fleet.calm();
    await this.#untilOver();
    const records = await fleet.all();
    const cancelled = new Set(fleet.acknowledged.cancelled.map(({ dispatchId }) => dispatchId));
    for (const record of records) {
      const { dispatchId, status } = record;
      if (cancelled.has(dispatchId)) expect(status, dispatchId).toBe('CANCELLED');
      expect(fleet.workers.agentStarts.get(dispatchId) ?? 0, dispatchId).toBeLessThanOrEqual(
        mostAgentStarts(record),
      );
    }
    const published = new Set(fleet.published.map(({ eventId }) => eventId));
    expect(published).toEqual(new Set(this.#told.keys()));
    expect([...this.#told.values()].filter((type) => type === 'dispatch.cost')).toHaveLength(records.length);
    await this.#checkGoesOn();
  }

  async #checkGoesOn(): Promise<void> {
    for (const agent of AGENTS_USED) await this.#fleet.act({ ...ONE_MORE, agent });
    await this.#untilOver();
    const latest = (await this.#fleet.all()).slice(-AGENTS_USED.length);
    expect(latest.map(({ status }) => status)).toEqual(AGENTS_USED.map(() => 'COMPLETED'));
  }

  async #untilOver(): Promise<void> {
    // What was under way when all became calm may have come to its end by that alone.
    await this.check();
    for (let minute = 0; !(await this.#isOver()); minute += 1) {
      if (minute === MAX_MINUTES)
        throw new Error(`Still under way: ${JSON.stringify(await this.#fleet.all())}`);
      await this.#fleet.minute();
      await this.check();
    }
  }

  async #isOver(): Promise<boolean> {
    const { store } = this.#fleet;
    const workers = await store.pool.list();
    return (
      (await this.#fleet.all()).every(({ status }) => isTerminal(status)) &&
      (await eventsIn(store.outbox)).length === 0 &&
      workers.every(({ state }) => state !== 'BUSY') &&
      this.#fleet.workers.tasks.every(({ workerId }) => workerId !== null)
    );
  }

  #checkNothingIsLost(records: readonly DispatchRecord[]): void {
    const known = new Set(records.map(({ dispatchId }) => dispatchId));
    for (const { dispatchId } of this.#fleet.acknowledged.created)
      expect(known.has(dispatchId), `${dispatchId} is lost`).toBe(true);
  }

  /** A key makes one dispatch, and stands for one request. */
  #checkKeys(records: readonly DispatchRecord[]): void {
    const keyed = records.filter(({ tags }) => tags['key'] !== undefined);
    const made = keyed.map(({ tenantId, tags }) => `${tenantId} ${tags['key']}`);
    expect(new Set(made).size, 'one dispatch for each key').toBe(made.length);
    const byId = new Map(records.map((record) => [record.dispatchId, record]));
    for (const { dispatchId, tenantId, key, task } of this.#fleet.acknowledged.created)
      if (key !== undefined) expect(byId.get(dispatchId)).toMatchObject({ tenantId, task, tags: { key } });
  }

  #checkEnds(records: readonly DispatchRecord[]): void {
    for (const record of records) {
      const { dispatchId, status } = record;
      const earlier = this.#ends.get(dispatchId);
      if (earlier !== undefined) expect(JSON.stringify(record), 'an end never changes').toBe(earlier);
      else if (isTerminal(status)) this.#ends.set(dispatchId, JSON.stringify(record));
    }
  }

  /** Agents run for the dispatches that hold their slots, one for each; others have been told to end. */
  #checkWork(records: readonly DispatchRecord[]): void {
    const { atWork } = this.#fleet.workers;
    const dispatchIds = atWork.map(({ dispatchId }) => dispatchId);
    expect(new Set(dispatchIds).size, `one agent for each: ${dispatchIds.join()}`).toBe(atWork.length);
    const byId = new Map(records.map((record) => [record.dispatchId, record]));
    for (const { dispatchId, taskArn, isAskedToEnd } of atWork)
      if (!isAskedToEnd) expect(byId.get(dispatchId)).toMatchObject({ status: 'RUNNING', taskArn });
  }

  /** Attempts follow one another, and each is remembered. */
  #checkAttempts(records: readonly DispatchRecord[]): void {
    for (const record of records) {
      const { dispatchId } = record;
      const attempts = 'attempts' in record ? (record.attempts ?? []) : [];
      const earlier = this.#attempts.get(dispatchId) ?? [];
      expect(attempts.slice(0, earlier.length), dispatchId).toEqual(earlier);
      expect(attempts.map(({ attempt }) => attempt)).toEqual(attempts.map((_, index) => index + 1));
      this.#attempts.set(dispatchId, attempts);
    }
  }

  async #checkSlots(records: readonly DispatchRecord[]): Promise<void> {
    const holders = records.filter(({ status }) => status === 'PENDING' || status === 'RUNNING');
    const tenantIds = [...new Set(records.map(({ tenantId }) => tenantId))];
    const { byAgent, byTenant } = await this.#fleet.store.dispatches.slotUsage({ tenantIds });
    const [agents, tenants] = [countBy(holders, 'agent'), countBy(holders, 'tenantId')];
    expect({ byAgent, byTenant }).toEqual({ byAgent: agents, byTenant: tenants });
    for (const count of Object.values(agents)) expect(count).toBeLessThanOrEqual(LIMITS.perAgent);
    for (const count of Object.values(tenants)) expect(count).toBeLessThanOrEqual(LIMITS.perTenant);
    const kept = holders.filter(({ workspaceMode }) => workspaceMode === 'persistent');
    for (const count of Object.values(countBy(kept, 'workspaceId'))) expect(count).toBe(1);
  }

  /**
   * Each status that a dispatch was seen in is told of, and from its end on it has one cost event, which tells of that
   * end. What was told of once is not lost: it has been published, or waits to be.
   */
  async #checkEvents(records: readonly DispatchRecord[]): Promise<void> {
    const { store, published } = this.#fleet;
    const events = new Map(
      [...published, ...(await eventsIn(store.outbox))].map((event) => [event.eventId, event]),
    );
    expect(
      [...this.#told.keys()].filter((eventId) => !events.has(eventId)),
      'events are lost',
    ).toEqual([]);
    const known = new Set(this.#told.keys());
    for (const { eventId, type } of events.values()) this.#told.set(eventId, type);
    for (const record of records) {
      const event = lifecycleEventOf(record);
      if (!known.has(event.eventId)) expect(events.get(event.eventId)).toEqual(event);
    }
    const costs = [...events.values()].filter(({ type }) => type === 'dispatch.cost');
    const ended = records.filter(({ status }) => isTerminal(status));
    const endOf = ({ dispatchId, status }: Pick<DispatchRecord, 'dispatchId' | 'status'>): string =>
      `${dispatchId} ${status}`;
    expect(costs.map(endOf).toSorted()).toEqual(ended.map(endOf).toSorted());
  }
}

/** One for each attempt that a worker took: a second is made after a lack of memory alone. */
function mostAgentStarts(record: DispatchRecord): number {
  const attempts = 'attempts' in record ? (record.attempts ?? []) : [];
  return attempts.filter(({ startedAt }) => startedAt !== undefined).length + 1;
}

function countBy(
  records: readonly DispatchRecord[],
  field: 'agent' | 'tenantId' | 'workspaceId',
): Readonly<Record<string, number>> {
  const groups = Map.groupBy(records, (record) => record[field]);
  return Object.fromEntries([...groups].map(([name, each]) => [name, each.length]));
}

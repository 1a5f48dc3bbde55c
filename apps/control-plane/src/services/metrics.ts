import { AGENT_NAMES, type AgentName, type DispatchRecord } from '@outpost/contracts';
import { timestamp, type Clock, type DispatchKey, type DispatchStore, type Outbox } from '@outpost/platform';
import { LRUCache } from 'lru-cache';
import type { Logger } from 'pino';
import { samplesByAgent, samplesOfEnd, type Sample } from '../domain/metric-samples.js';
import type { ReapPolicy } from '../domain/reap.js';
import { isStuck } from '../domain/stuck.js';
import { ulidTimeMs } from '../domain/ulid-time.js';
import { attempt } from './attempt.js';
import type { MetricSink } from './metric-sink.js';

/** CloudWatch keeps a value for each minute. */
const OBSERVE_INTERVAL_MS = 60_000;
/** An end may be told of twice. */
const REMEMBERED_ENDS = 10_000;

interface MetricsOptions {
  readonly dispatches: Pick<
    DispatchStore,
    'get' | 'listByStatus' | 'queueHeads' | 'countQueued' | 'slotUsage'
  >;
  readonly outbox: Pick<Outbox, 'due'>;
  readonly policy: ReapPolicy;
  readonly sinks: readonly MetricSink[];
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Measures the fleet, for all sinks alike. An end is counted by the instance that is told of it, the state of the fleet
 * is told by the one that holds the lease: over all instances each thing is counted once.
 */
export class Metrics {
  readonly #options: MetricsOptions;
  readonly #ends = new LRUCache<string, true>({ max: REMEMBERED_ENDS });
  #observedAt = Number.NEGATIVE_INFINITY;

  constructor(options: MetricsOptions) {
    this.#options = options;
  }

  /** Counts dispatches that have ended. Never rejects: what cannot be read is not counted. */
  async countEnds(ends: readonly DispatchKey[]): Promise<void> {
    const { logger } = this.#options;
    await Promise.all(ends.map((end) => attempt(logger, 'count an end', () => this.#countEnd(end))));
  }

  /** Tells how the fleet is, once a minute. */
  async observeIfDue(): Promise<void> {
    const { clock } = this.#options;
    if (clock.now() - this.#observedAt < OBSERVE_INTERVAL_MS) return;
    this.#observedAt = clock.now();
    const samples = await Promise.all([this.#queue(), this.#active(), this.#outboxAge()]);
    this.#record(samples.flat(), clock.now());
  }

  /** Another instance tells how the fleet is. */
  standBy(): void {
    this.#observedAt = Number.NEGATIVE_INFINITY;
    for (const sink of this.#options.sinks) sink.standBy();
  }

  async #countEnd(key: DispatchKey): Promise<void> {
    const id = `${key.tenantId} ${key.dispatchId}`;
    if (this.#ends.has(id)) return;
    this.#ends.set(id, true);
    const record = await this.#options.dispatches.get(key);
    if (record !== undefined && 'completedAt' in record)
      this.#record(samplesOfEnd(record), Date.parse(record.completedAt));
  }

  async #queue(): Promise<readonly Sample[]> {
    const { dispatches, clock } = this.#options;
    const heads = await dispatches.queueHeads({ perLine: 1 });
    const tenantIds = [...new Set(heads.map(({ tenantId }) => tenantId))];
    const counts = await Promise.all(tenantIds.map((tenantId) => dispatches.countQueued({ tenantId })));
    const queued = byAgent((agent) => counts.reduce((sum, count) => sum + (count[agent] ?? 0), 0));
    const oldestMs = Math.min(clock.now(), ...heads.map(({ dispatchId }) => ulidTimeMs(dispatchId)));
    return [
      ...samplesByAgent('queueDepth', queued),
      { metric: 'queueAge', value: (clock.now() - oldestMs) / 1_000 },
    ];
  }

  async #active(): Promise<readonly Sample[]> {
    const { dispatches, clock, policy } = this.#options;
    const usage = await dispatches.slotUsage({ tenantIds: [] });
    const holders = await dispatches.listByStatus({ statuses: ['PENDING', 'RUNNING'] });
    const stuck = holders.filter((record) => holdsSlot(record) && isStuck(record, clock.now(), policy));
    return [
      ...samplesByAgent(
        'active',
        byAgent((agent) => usage.byAgent[agent] ?? 0),
      ),
      { metric: 'stuck', value: stuck.length },
    ];
  }

  async #outboxAge(): Promise<readonly Sample[]> {
    const { outbox, clock } = this.#options;
    const [oldest] = await outbox.due({ now: timestamp(clock), limit: 1 });
    const ageMs = oldest === undefined ? 0 : clock.now() - Date.parse(oldest.event.occurredAt);
    return [{ metric: 'outboxAge', value: ageMs / 1_000 }];
  }

  #record(samples: readonly Sample[], atMs: number): void {
    for (const sink of this.#options.sinks) sink.record(samples, atMs);
  }
}

function byAgent(countOf: (agent: AgentName) => number): Readonly<Record<AgentName, number>> {
  return Object.fromEntries(AGENT_NAMES.map((agent) => [agent, countOf(agent)])) as Record<AgentName, number>;
}

function holdsSlot(
  record: DispatchRecord,
): record is Extract<DispatchRecord, { status: 'PENDING' | 'RUNNING' }> {
  return record.status === 'PENDING' || record.status === 'RUNNING';
}

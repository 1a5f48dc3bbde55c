import {
  isTerminal,
  LIMITS,
  type Dispatch,
  type DispatchPage,
  type DispatchRecord,
  type LogPage,
  type Promotion,
  type QueueView,
  type RunsQuery,
} from '@outpost/contracts';
import type { Clock, DispatchKey, DispatchStore, LogReader, PromotionStore } from '@outpost/platform';
import { estimatedStartAt, queuePosition } from '../domain/queue-estimate.js';
import type { AgentHistory } from './agent-history.js';
import type { ArtifactManager } from './artifact-manager.js';
import { findDispatch, logSourceOf, readDispatchLog } from './dispatch-log.js';
import type { LogEvent } from './live-log.js';
import { LogFollower } from './log-follower.js';
import type { Tenants } from './tenants.js';

const INTERNAL = ['tenantId', 'ttl', 'pendingAt', 'heartbeatAt'] as const;

interface StatusTrackerOptions {
  readonly dispatches: DispatchStore;
  readonly logs: LogReader;
  readonly artifacts: ArtifactManager;
  readonly history: AgentHistory;
  readonly promotions: Pick<PromotionStore, 'listOf'>;
  readonly tenants: Pick<Tenants, 'policyOf'>;
  /** How many of one agent may hold a slot at once. */
  readonly perAgent: number;
  readonly clock: Clock;
  /** Resolves when it is time to look for new lines again, or when `signal` is aborted. */
  readonly pause: (signal: AbortSignal) => Promise<void>;
}

/** What a dispatch is doing, and what it has said. */
export class StatusTracker {
  readonly #options: StatusTrackerOptions;
  readonly #follower: LogFollower;

  constructor(options: StatusTrackerOptions) {
    this.#options = options;
    this.#follower = new LogFollower(options);
  }

  /** The record as the API shows it: without what only Outpost itself needs. */
  summarize(record: DispatchRecord): Dispatch {
    const shown: Dispatch & Partial<Record<(typeof INTERNAL)[number], unknown>> = { ...record };
    for (const field of INTERNAL) Reflect.deleteProperty(shown, field);
    return shown;
  }

  /**
   * With the last `recentLogs` lines; while it is queued, with its place; at the end, with a URL of the main artifact.
   * Rejects with NOT_FOUND.
   */
  async get(params: DispatchKey & { recentLogs: number | undefined; origin: string }): Promise<Dispatch> {
    const { tenantId, dispatchId, recentLogs, origin } = params;
    const { record, queue } = await this.#find({ tenantId, dispatchId });
    const logs =
      recentLogs === undefined
        ? undefined
        : await this.#options.logs.tail({ ...logSourceOf(record), limit: recentLogs });
    const artifactUrl = isTerminal(record.status)
      ? await this.#options.artifacts.mainUrl({
          tenantId,
          dispatchId,
          origin,
          expiresInSeconds: LIMITS.artifactUrlDefaultSeconds,
        })
      : undefined;
    const promotions = await this.#promotionsOf(record);
    return {
      ...this.summarize(record),
      ...(promotions.length > 0 && { promotions }),
      ...(queue !== undefined && { queue }),
      ...(logs !== undefined && { logs: [...logs] }),
      ...(artifactUrl !== undefined && { artifactUrl }),
    };
  }

  async list(params: RunsQuery & { tenantId: string }): Promise<DispatchPage> {
    const { records, nextCursor } = await this.#options.dispatches.list(params);
    return {
      runs: records.map((record) => this.summarize(record)),
      ...(nextCursor !== undefined && { nextCursor }),
    };
  }

  async logs(params: DispatchKey & { cursor: string | undefined; limit: number }): Promise<LogPage> {
    const { entries, nextCursor, end } = await readDispatchLog(this.#options, params);
    return { lines: entries.map(({ line }) => line), nextCursor, complete: end !== undefined };
  }

  /** Lines as they come, then the end. Rejects with NOT_FOUND or, for a wrong cursor, VALIDATION_ERROR before the first. */
  async follow(
    params: DispatchKey & { cursor: string | undefined; signal: AbortSignal },
  ): Promise<AsyncIterable<LogEvent>> {
    return this.#follower.follow(params);
  }

  async #promotionsOf(record: DispatchRecord): Promise<Promotion[]> {
    // None can be promoted before its end that did not ask for it with its dispatch.
    if (!isTerminal(record.status) && record.promote === undefined) return [];
    return (await this.#options.promotions.listOf(record)).map(({ shown }) => shown);
  }

  /** Never QUEUED without its place: when it has left the queue since it was read, it is read again. */
  async #find(key: DispatchKey): Promise<{ record: DispatchRecord; queue: QueueView | undefined }> {
    const { dispatches } = this.#options;
    const record = await findDispatch(dispatches, key);
    if (record.status !== 'QUEUED') return { record, queue: undefined };
    const queue = await this.#placeOf(record);
    return { record: queue === undefined ? await findDispatch(dispatches, key) : record, queue };
  }

  async #placeOf({ tenantId, dispatchId, agent }: DispatchRecord): Promise<QueueView | undefined> {
    const { dispatches, history, tenants, perAgent, clock } = this.#options;
    const limit = LIMITS.queuePositionMax;
    const place = await dispatches.queuePlace({ tenantId, dispatchId, limit });
    if (place === undefined) return undefined;
    const position = queuePosition(place);
    const { p50DurationMs: commonDurationMs } = await history.of({ tenantId, agent });
    const { maxConcurrent } = await tenants.policyOf(tenantId);
    const slots = Math.min(perAgent, maxConcurrent);
    const estimate = estimatedStartAt({ position, slots, commonDurationMs, now: clock.now() });
    return { position, estimatedStartAt: estimate };
  }
}

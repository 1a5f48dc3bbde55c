import {
  isTerminal,
  LIMITS,
  type Dispatch,
  type DispatchPage,
  type DispatchRecord,
  type LogPage,
  type RunsQuery,
} from '@outpost/contracts';
import type { DispatchKey, DispatchStore, LogReader } from '@outpost/platform';
import type { ArtifactManager } from './artifact-manager.js';
import { findDispatch, logSourceOf, readDispatchLog } from './dispatch-log.js';
import type { LogEvent } from './live-log.js';
import { LogFollower } from './log-follower.js';

const INTERNAL = ['tenantId', 'ttl', 'pendingAt', 'heartbeatAt', 'launches'] as const;

interface StatusTrackerOptions {
  readonly dispatches: DispatchStore;
  readonly logs: LogReader;
  readonly artifacts: ArtifactManager;
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

  /** With the last `recentLogs` lines and, at the end, a URL of the main artifact. Rejects with NOT_FOUND. */
  async get(params: DispatchKey & { recentLogs: number | undefined; origin: string }): Promise<Dispatch> {
    const { tenantId, dispatchId, recentLogs, origin } = params;
    const record = await findDispatch(this.#options.dispatches, { tenantId, dispatchId });
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
    return {
      ...this.summarize(record),
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
}

import {
  isTerminal,
  LIMITS,
  OutpostError,
  type Dispatch,
  type DispatchPage,
  type DispatchRecord,
  type LogLine,
  type LogPage,
  type RunsQuery,
  type TerminalStatus,
} from '@outpost/contracts';
import type { DispatchKey, DispatchStore, LogReader, LogSource } from '@outpost/platform';
import type { ArtifactManager } from './artifact-manager.js';

const FOLLOW_BATCH_LINES = 500;

const INTERNAL = ['tenantId', 'ttl', 'pendingAt', 'heartbeatAt', 'launches'] as const;

export type LogEvent =
  | { readonly type: 'log'; readonly line: LogLine; readonly cursor: string }
  | { readonly type: 'end'; readonly status: TerminalStatus };

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

  constructor(options: StatusTrackerOptions) {
    this.#options = options;
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
    const record = await this.#record({ tenantId, dispatchId });
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
    // The status is read before the lines: a dispatch that ended by then has no lines after them.
    const source = logSourceOf(await this.#record(params));
    const { cursor, limit } = params;
    const { entries, nextCursor, atEnd } = await this.#options.logs.read({ ...source, cursor, limit });
    return { lines: entries.map(({ line }) => line), nextCursor, complete: source.hasEnded && atEnd };
  }

  /** Lines as they come, then the end. Rejects with NOT_FOUND or, for a wrong cursor, VALIDATION_ERROR before the first. */
  async follow(
    params: DispatchKey & { cursor: string | undefined; signal: AbortSignal },
  ): Promise<AsyncIterable<LogEvent>> {
    await this.logs({ ...params, limit: 1 });
    return this.#follow(params);
  }

  async *#follow({
    tenantId,
    dispatchId,
    cursor,
    signal,
  }: DispatchKey & { cursor: string | undefined; signal: AbortSignal }): AsyncGenerator<LogEvent> {
    let position = cursor;
    while (!signal.aborted) {
      const record = await this.#record({ tenantId, dispatchId });
      const { status } = record;
      const chunk = await this.#options.logs.read({
        ...logSourceOf(record),
        cursor: position,
        limit: FOLLOW_BATCH_LINES,
      });
      for (const entry of chunk.entries) yield { type: 'log', ...entry };
      position = chunk.nextCursor;
      if (!chunk.atEnd) continue;
      if (isTerminal(status)) {
        yield { type: 'end', status };
        return;
      }
      await this.#options.pause(signal);
    }
  }

  async #record({ tenantId, dispatchId }: DispatchKey): Promise<DispatchRecord> {
    const record = await this.#options.dispatches.get({ tenantId, dispatchId });
    if (record === undefined) throw new OutpostError('NOT_FOUND', `There is no dispatch ${dispatchId}.`);
    return record;
  }
}

function logSourceOf(record: DispatchRecord): LogSource & { readonly hasEnded: boolean } {
  const { tenantId, dispatchId } = record;
  const taskArn = 'taskArn' in record ? record.taskArn : undefined;
  return { tenantId, dispatchId, taskArn, hasEnded: isTerminal(record.status) };
}

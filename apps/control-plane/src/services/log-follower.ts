import type { DispatchKey, DispatchStore, LogReader } from '@outpost/platform';
import { readDispatchLog, type LogSlice } from './dispatch-log.js';
import { LiveLog, type LiveLogOptions, type LogEvent, type LogWindow } from './live-log.js';

const BATCH_LINES = 500;
const WINDOW: LogWindow = { lines: 1_000, characters: 4_000_000 };

export interface LogFollowerOptions {
  readonly dispatches: DispatchStore;
  readonly logs: LogReader;
  readonly pause: LiveLogOptions['pause'];
  /** Lines in one read. */
  readonly batchLines?: number;
  readonly window?: LogWindow;
}

type FollowParams = DispatchKey & { cursor: string | undefined; signal: AbortSignal };

interface SharedLog {
  readonly log: LiveLog;
  readonly stop: AbortController;
  followers: number;
}

/**
 * Follows logs. Whoever follows one first reads for itself what is there, then shares the live end with all others who
 * follow it: for each dispatch that is followed there is one who looks for new lines.
 */
export class LogFollower {
  readonly #options: LogFollowerOptions;
  readonly #shared = new Map<string, SharedLog>();

  constructor(options: LogFollowerOptions) {
    this.#options = options;
  }

  /** Lines as they come, then the end. Rejects with NOT_FOUND or, for a wrong cursor, VALIDATION_ERROR before the first. */
  async follow(params: FollowParams): Promise<AsyncIterable<LogEvent>> {
    return this.#follow(params, await this.#read(params, params.cursor));
  }

  async *#follow(params: FollowParams, first: LogSlice): AsyncGenerator<LogEvent> {
    const { signal } = params;
    let slice: LogSlice | undefined = first;
    while (slice !== undefined) {
      yield* eventsOf(slice, signal);
      const { nextCursor, atEnd, end }: LogSlice = slice;
      if (end !== undefined) return;
      const cursor: string | undefined = atEnd ? yield* this.#share(params, nextCursor) : nextCursor;
      if (cursor === undefined) return;
      slice = await unlessAborted(this.#read(params, cursor), signal);
    }
  }

  /** Lines that somebody else reads, too. Returns the cursor to read on from alone, or undefined at the end. */
  async *#share(params: FollowParams, cursor: string): AsyncGenerator<LogEvent, string | undefined> {
    const shared = this.#join(params, cursor);
    try {
      return yield* shared.log.follow(cursor, params.signal);
    } finally {
      shared.followers -= 1;
      if (shared.followers === 0) this.#close(params, shared);
    }
  }

  #join(key: DispatchKey, cursor: string): SharedLog {
    const found = this.#shared.get(nameOf(key));
    const shared = found?.log.isOpen === true ? found : this.#open(key, cursor);
    shared.followers += 1;
    return shared;
  }

  #open(key: DispatchKey, cursor: string): SharedLog {
    const { pause, window = WINDOW } = this.#options;
    const log = new LiveLog({ cursor, window, pause, read: (from) => this.#read(key, from) });
    const shared = { log, stop: new AbortController(), followers: 0 };
    this.#shared.set(nameOf(key), shared);
    void log.run(shared.stop.signal);
    return shared;
  }

  #close(key: DispatchKey, shared: SharedLog): void {
    shared.stop.abort();
    if (this.#shared.get(nameOf(key)) === shared) this.#shared.delete(nameOf(key));
  }

  #read({ tenantId, dispatchId }: DispatchKey, cursor: string | undefined): Promise<LogSlice> {
    const { batchLines: limit = BATCH_LINES } = this.#options;
    return readDispatchLog(this.#options, { tenantId, dispatchId, cursor, limit });
  }
}

function* eventsOf({ entries, end }: LogSlice, signal: AbortSignal): Generator<LogEvent> {
  for (const entry of entries) {
    if (signal.aborted) return;
    yield { type: 'log', ...entry };
  }
  if (end !== undefined && !signal.aborted) yield { type: 'end', status: end };
}

function nameOf({ tenantId, dispatchId }: DispatchKey): string {
  return `${tenantId}/${dispatchId}`;
}

/** What the promise resolves to; undefined as soon as `signal` is aborted. */
async function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T | undefined> {
  return new Promise((resolve, reject) => {
    const stop = (): void => resolve(undefined);
    signal.addEventListener('abort', stop);
    if (signal.aborted) stop();
    void promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
}

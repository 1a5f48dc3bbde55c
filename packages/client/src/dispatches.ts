import type {
  CreateDispatchInput,
  Dispatch,
  DispatchEvent,
  DispatchEventPage,
  DispatchPage,
  DispatchStatus,
  LogLine,
  LogPage,
  Promote,
  Promoted,
  RunsQuery,
} from '@outpost/contracts';
import { follow, type Followed, type FollowOptions } from './follow.js';
import { idempotencyKey } from './idempotency-key.js';
import { paged, type PagePromise } from './pages.js';
import { path, shown } from './path.js';
import type { ApiRequest, RequestOptions, Transport } from './transport.js';
import { waitForEnd, type WaitOptions } from './wait.js';

export type ListDispatchesQuery = { readonly [Name in keyof RunsQuery]?: RunsQuery[Name] | undefined };

export type PromoteInput = Omit<Promote, 'dispatchId'>;

export interface CreateDispatchOptions extends RequestOptions {
  /**
   * A repeat with the same key answers the first dispatch instead of making another. Each call has one of its own
   * unless you give it one, so that its retries make no second dispatch.
   */
  readonly idempotencyKey?: string | undefined;
}

export interface GetDispatchOptions extends RequestOptions {
  /** Also the last so many lines of the log. */
  readonly logs?: number | undefined;
}

export interface LogPageOptions extends RequestOptions {
  readonly cursor?: string | undefined;
  readonly limit?: number | undefined;
}

/** The dispatch as it was accepted; `result()` is the same dispatch once it has ended, however it ended. */
export interface DispatchPromise extends Promise<Dispatch> {
  result(options?: WaitOptions): Promise<Dispatch>;
}

/** Dispatches: one task, given to one agent. */
export class Dispatches {
  readonly #transport: Transport;

  /** @internal */
  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** Dispatches a task; resolves once it is accepted and durable. */
  create(input: CreateDispatchInput, options: CreateDispatchOptions = {}): DispatchPromise {
    if (typeof input !== 'object' || input === null)
      throw new TypeError(`dispatches.create takes { agent, task, … }, not ${shown(input)}.`);
    return this.#accepted({ path: '/dispatch', json: input }, options);
  }

  /** Dispatches the input of one that has ended once more, as a new dispatch with `retryOf`. */
  retry(dispatchId: string, options: CreateDispatchOptions = {}): DispatchPromise {
    return this.#accepted({ path: path`/dispatch/${dispatchId}/retry` }, options);
  }

  async get(dispatchId: string, { logs, ...options }: GetDispatchOptions = {}): Promise<Dispatch> {
    return this.#transport.json<Dispatch>({
      ...options,
      path: path`/dispatch/${dispatchId}`,
      query: { logs },
    });
  }

  /** Cancels. Of a running dispatch the answer may still be RUNNING: `wait` sees it end. */
  async cancel(dispatchId: string, options: RequestOptions = {}): Promise<Dispatch> {
    return this.#transport.json<Dispatch>({
      ...options,
      method: 'DELETE',
      path: path`/dispatch/${dispatchId}`,
    });
  }

  /**
   * Pushes what a dispatch changed as a branch, and opens or updates its pull request. A repeat answers the same. What
   * must not be pushed is a ConflictError whose details name the files.
   */
  async promote(
    dispatchId: string,
    input: PromoteInput = {},
    options: RequestOptions = {},
  ): Promise<Promoted> {
    return this.#transport.json<Promoted>({
      ...options,
      method: 'POST',
      path: '/promote',
      json: { ...input, dispatchId },
    });
  }

  /** Newest first: await it for one page, or iterate over all of them. */
  list(query: ListDispatchesQuery = {}, options: RequestOptions = {}): PagePromise<DispatchPage, Dispatch> {
    return paged({
      fetch: async (cursor = query.cursor) =>
        this.#transport.json<DispatchPage>({ ...options, path: '/runs', query: { ...query, cursor } }),
      items: ({ runs }) => runs,
      next: ({ nextCursor }) => nextCursor,
    });
  }

  /** The log as far as it is there: await it for one page, or iterate over all its lines. */
  logs(dispatchId: string, options: LogPageOptions = {}): PagePromise<LogPage, LogLine> {
    const { cursor: start, limit, ...rest } = options;
    const request = { ...rest, path: path`/dispatch/${dispatchId}/logs` };
    return paged({
      fetch: async (cursor = start) =>
        this.#transport.json<LogPage>({ ...request, query: { cursor, limit } }),
      items: ({ lines }) => lines,
      next: ({ complete, lines, nextCursor }) => (complete || lines.length === 0 ? undefined : nextCursor),
    });
  }

  /** The log as it grows, to its end; reconnects by itself. Returns the status the dispatch ended with. */
  followLogs(
    dispatchId: string,
    options: FollowOptions = {},
  ): AsyncGenerator<Followed<LogLine>, DispatchStatus, undefined> {
    const feed = { path: path`/dispatch/${dispatchId}/logs`, name: 'log', has: isLogLine };
    return follow<LogLine>(this.#transport, feed, options);
  }

  /** What has happened to it so far: await it for one page, or iterate over all events. */
  events(dispatchId: string, options: LogPageOptions = {}): PagePromise<DispatchEventPage, DispatchEvent> {
    const { cursor: start, limit, ...rest } = options;
    const request = { ...rest, path: path`/dispatch/${dispatchId}/events` };
    return paged({
      fetch: async (cursor = start) =>
        this.#transport.json<DispatchEventPage>({ ...request, query: { cursor, limit } }),
      items: ({ events }) => events,
      next: ({ complete, events, nextCursor }) => (complete || events.length === 0 ? undefined : nextCursor),
    });
  }

  /** Its moves and its worker's stages as they happen, to its end; reconnects by itself. */
  followEvents(
    dispatchId: string,
    options: FollowOptions = {},
  ): AsyncGenerator<Followed<DispatchEvent>, DispatchStatus, undefined> {
    const feed = { path: path`/dispatch/${dispatchId}/events`, name: 'event', has: isDispatchEvent };
    return follow<DispatchEvent>(this.#transport, feed, options);
  }

  /** Resolves with the dispatch once it has ended, however it ended. */
  async wait(dispatchId: string, options: WaitOptions = {}): Promise<Dispatch> {
    return waitForEnd(this.#transport, async (each) => this.get(dispatchId, each), options);
  }

  #accepted(request: ApiRequest, options: CreateDispatchOptions): DispatchPromise {
    const { idempotencyKey: key = idempotencyKey(), ...rest } = options;
    const accepted = this.#transport.json<Dispatch>({
      ...rest,
      ...request,
      method: 'POST',
      headers: { 'Idempotency-Key': key },
      isRepeatable: true,
    });
    const result = async (wait: WaitOptions = {}): Promise<Dispatch> => {
      const { dispatchId } = await accepted;
      return this.wait(dispatchId, { signal: options.signal, ...wait });
    };
    return Object.assign(accepted, { result });
  }
}

function isDispatchEvent(type: string | undefined): boolean {
  return type?.startsWith('dispatch.') === true;
}

function isLogLine(type: string | undefined): boolean {
  return type === 'log';
}

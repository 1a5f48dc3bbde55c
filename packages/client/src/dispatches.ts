import { isTerminal } from '@outpost/contracts';
import type {
  CreateDispatchInput,
  Dispatch,
  DispatchPage,
  DispatchStatus,
  LogPage,
  Promote,
  Promoted,
  RunsQuery,
} from '@outpost/contracts';
import { followLogs, type FollowedLine, type FollowLogsOptions } from './follow-logs.js';
import { Patience, pause } from './retry.js';
import type { RequestOptions, Transport } from './transport.js';

export type ListDispatchesQuery = { readonly [Name in keyof RunsQuery]?: RunsQuery[Name] | undefined };

export type PromoteInput = Omit<Promote, 'dispatchId'>;

export interface CreateDispatchOptions extends RequestOptions {
  /** A repeat with the same key answers the first dispatch instead of making another. */
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

export interface WaitOptions extends RequestOptions {
  /** Default 1,000. */
  readonly pollIntervalMs?: number | undefined;
  /** Called at first, and whenever status or stage have changed. */
  readonly onUpdate?: ((dispatch: Dispatch) => void) | undefined;
}

// A restart of the control plane takes a few seconds; waiting for a dispatch should outlive it.
const WAIT_MAX_FAILURES = 8;

/** Dispatches: one task, given to one agent. */
export class Dispatches {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** Dispatches a task; resolves once it is accepted and durable. */
  async create(input: CreateDispatchInput, options: CreateDispatchOptions = {}): Promise<Dispatch> {
    const { idempotencyKey, signal } = options;
    return this.#transport.json<Dispatch>({
      method: 'POST',
      path: '/dispatch',
      json: input,
      ...(idempotencyKey !== undefined && { headers: { 'Idempotency-Key': idempotencyKey } }),
      signal,
    });
  }

  async get(dispatchId: string, options: GetDispatchOptions = {}): Promise<Dispatch> {
    return this.#transport.json<Dispatch>({
      path: pathOf(dispatchId),
      query: { logs: options.logs },
      signal: options.signal,
    });
  }

  /** Cancels. Of a running dispatch the answer may still be RUNNING: `wait` sees it end. */
  async cancel(dispatchId: string, options: RequestOptions = {}): Promise<Dispatch> {
    return this.#transport.json<Dispatch>({
      method: 'DELETE',
      path: pathOf(dispatchId),
      signal: options.signal,
    });
  }

  /** Dispatches the input of one that has ended once more, as a new dispatch with `retryOf`. */
  async retry(dispatchId: string, options: CreateDispatchOptions = {}): Promise<Dispatch> {
    const { idempotencyKey, signal } = options;
    return this.#transport.json<Dispatch>({
      method: 'POST',
      path: `${pathOf(dispatchId)}/retry`,
      ...(idempotencyKey !== undefined && { headers: { 'Idempotency-Key': idempotencyKey } }),
      signal,
    });
  }

  /**
   * Pushes what a dispatch changed as a branch, and opens or updates its pull request. A repeat answers the same. What
   * must not be pushed is an OutpostApiError of status 409 whose details name the files.
   */
  async promote(
    dispatchId: string,
    input: PromoteInput = {},
    options: RequestOptions = {},
  ): Promise<Promoted> {
    return this.#transport.json<Promoted>({
      method: 'POST',
      path: '/promote',
      json: { ...input, dispatchId },
      signal: options.signal,
    });
  }

  /** One page, newest first. */
  async list(query: ListDispatchesQuery = {}, options: RequestOptions = {}): Promise<DispatchPage> {
    return this.#transport.json<DispatchPage>({ path: '/runs', query, signal: options.signal });
  }

  /** One page of the log. */
  async logs(dispatchId: string, options: LogPageOptions = {}): Promise<LogPage> {
    const { cursor, limit, signal } = options;
    return this.#transport.json<LogPage>({
      path: `${pathOf(dispatchId)}/logs`,
      query: { cursor, limit },
      signal,
    });
  }

  /** The log as it grows, to its end; reconnects by itself. Returns the status the dispatch ended with. */
  followLogs(
    dispatchId: string,
    options: FollowLogsOptions = {},
  ): AsyncGenerator<FollowedLine, DispatchStatus, undefined> {
    return followLogs(this.#transport, dispatchId, options);
  }

  /** Resolves with the dispatch once it has ended, however it ended. */
  async wait(dispatchId: string, options: WaitOptions = {}): Promise<Dispatch> {
    const { signal, onUpdate, pollIntervalMs = 1_000 } = options;
    const patience = new Patience({ signal, maxFailures: WAIT_MAX_FAILURES });
    let seen: string | undefined;
    for (;;) {
      try {
        const dispatch = await this.get(dispatchId, { signal });
        patience.reset();
        const state = `${dispatch.status} ${dispatch.stage ?? ''}`;
        if (state !== seen) onUpdate?.(dispatch);
        seen = state;
        if (isTerminal(dispatch.status)) return dispatch;
      } catch (error) {
        await patience.after(error);
        continue;
      }
      await pause(pollIntervalMs, signal);
    }
  }
}

function pathOf(dispatchId: string): string {
  return `/dispatch/${encodeURIComponent(dispatchId)}`;
}

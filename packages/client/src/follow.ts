import type { DispatchStatus } from '@outpost/contracts';
import type { EventSourceMessage } from 'eventsource-parser';
import { apiError, OutpostApiError, OutpostConnectionError, OutpostTimeoutError } from './errors.js';
import { eventsOf } from './sse.js';
import type { Transport } from './transport.js';

export interface FollowOptions {
  readonly signal?: AbortSignal | undefined;
  /** Start after this cursor; absent: from the beginning. */
  readonly cursor?: string | undefined;
  /** Reconnects in a row without anything new before giving up. Default 5. */
  readonly maxReconnects?: number | undefined;
  /** A connection without a sign of life for so long counts as broken. Default 60,000. */
  readonly idleTimeoutMs?: number | undefined;
}

/** Something of a dispatch that grows until the dispatch ends, and that the API streams. */
export interface Feed {
  readonly path: string;
  /** For messages: `log`. */
  readonly name: string;
  /** Whether server-sent events of this type carry what is new. Others, but for the last one, are passed over. */
  readonly has: (type: string | undefined) => boolean;
}

/** What came, and the cursor to go on after it. */
export type Followed<T> = T & { readonly cursor: string };

interface Connection {
  readonly feed: Feed;
  readonly cursor: string | undefined;
  readonly signal: AbortSignal | undefined;
  readonly idleTimeoutMs: number;
}

/** Follows a feed to its end, over broken connections. Returns the status that the dispatch ended with. */
export async function* follow<T extends object>(
  transport: Transport,
  feed: Feed,
  { signal, maxReconnects = 5, idleTimeoutMs = 60_000, ...options }: FollowOptions = {},
): AsyncGenerator<Followed<T>, DispatchStatus, undefined> {
  const patience = transport.patience({ signal, maxFailures: maxReconnects });
  let { cursor } = options;
  for (;;) {
    try {
      for await (const event of connect(transport, { feed, cursor, signal, idleTimeoutMs })) {
        if (event.event === 'end') return dataOf<{ status: DispatchStatus }>(event).status;
        if (!feed.has(event.event) || event.id === undefined) continue;
        cursor = event.id;
        patience.reset();
        yield { ...dataOf<T>(event), cursor };
      }
      // A proxy or a server that restarts closes the stream in good order: that is no end of the feed either.
      throw new OutpostConnectionError(`The ${feed.name} stream was closed before the dispatch ended.`);
    } catch (error) {
      await patience.after(error);
    }
  }
}

function dataOf<T>({ event, data }: EventSourceMessage): T {
  try {
    return JSON.parse(data) as T;
  } catch {
    const message = `The server sent an event of type ${event} that is not JSON.`;
    throw apiError({ status: 200, code: 'UNEXPECTED_ANSWER', message });
  }
}

async function* connect(
  transport: Transport,
  { feed, cursor, signal, idleTimeoutMs }: Connection,
): AsyncGenerator<EventSourceMessage, void, undefined> {
  const connection = new AbortController();
  const idle = new IdleTimer(idleTimeoutMs, () => {
    const message = `The ${feed.name} stream gave no sign of life for ${idleTimeoutMs / 1_000} s.`;
    connection.abort(new OutpostTimeoutError(message));
  });
  const signals = signal === undefined ? [connection.signal] : [signal, connection.signal];
  try {
    const response = await transport.send({
      path: feed.path,
      headers: {
        Accept: 'text/event-stream',
        ...(cursor !== undefined && { 'Last-Event-ID': cursor }),
      },
      signal: AbortSignal.any(signals),
      maxRetries: 0,
    });
    yield* eventsOf(await bodyOf(transport, response), () => idle.restart());
  } catch (error) {
    signal?.throwIfAborted();
    connection.signal.throwIfAborted();
    throw error instanceof OutpostApiError ? error : transport.connectionError(error);
  } finally {
    idle.stop();
    connection.abort();
  }
}

async function bodyOf(transport: Transport, response: Response): Promise<ReadableStream<Uint8Array>> {
  const type = response.headers.get('content-type') ?? '';
  if (type.startsWith('text/event-stream') && response.body !== null) return response.body;
  await response.body?.cancel();
  throw transport.unexpected(
    response,
    `${type === '' ? 'no content type' : type} in place of text/event-stream`,
  );
}

class IdleTimer {
  readonly #timeoutMs: number;
  readonly #onIdle: () => void;
  #timer: ReturnType<typeof setTimeout>;

  constructor(timeoutMs: number, onIdle: () => void) {
    this.#timeoutMs = timeoutMs;
    this.#onIdle = onIdle;
    this.#timer = setTimeout(onIdle, timeoutMs);
  }

  restart(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(this.#onIdle, this.#timeoutMs);
  }

  stop(): void {
    clearTimeout(this.#timer);
  }
}

import type { DispatchStatus, LogLine } from '@outpost/contracts';
import { createParser, type EventSourceMessage } from 'eventsource-parser';
import { OutpostApiError, OutpostConnectionError } from './errors.js';
import { Patience } from './retry.js';
import type { RequestOptions, Transport } from './transport.js';

export interface FollowLogsOptions extends RequestOptions {
  /** Start after this cursor; absent: from the beginning. */
  readonly cursor?: string | undefined;
  /** Reconnects in a row without a new line before giving up. Default 5. */
  readonly maxReconnects?: number | undefined;
  /** A connection without a sign of life for so long counts as broken. Default 60,000. */
  readonly idleTimeoutMs?: number | undefined;
}

/** A log line, and the cursor to go on after it. */
export interface FollowedLine extends LogLine {
  readonly cursor: string;
}

/** Follows the log of a dispatch to its end, over broken connections. Returns the status it ended with. */
export async function* followLogs(
  transport: Transport,
  dispatchId: string,
  options: FollowLogsOptions = {},
): AsyncGenerator<FollowedLine, DispatchStatus, undefined> {
  const patience = new Patience({ signal: options.signal, maxFailures: options.maxReconnects ?? 5 });
  let cursor = options.cursor;
  for (;;) {
    try {
      for await (const event of connect(transport, dispatchId, { ...options, cursor })) {
        if (event.event === 'end') return (JSON.parse(event.data) as { status: DispatchStatus }).status;
        if (event.event !== 'log' || event.id === undefined) continue;
        cursor = event.id;
        patience.reset();
        yield { ...(JSON.parse(event.data) as LogLine), cursor };
      }
      // A proxy or a server that restarts closes the stream in good order: that is no end of the log either.
      throw new OutpostConnectionError('The log stream was closed before the dispatch ended.');
    } catch (error) {
      await patience.after(error);
    }
  }
}

async function* connect(
  transport: Transport,
  dispatchId: string,
  options: FollowLogsOptions,
): AsyncGenerator<EventSourceMessage, void, undefined> {
  const connection = new AbortController();
  const idle = idleTimer(options.idleTimeoutMs ?? 60_000, connection);
  const signals = options.signal === undefined ? [connection.signal] : [options.signal, connection.signal];
  try {
    const response = await transport.send({
      path: `/dispatch/${encodeURIComponent(dispatchId)}/logs`,
      headers: {
        Accept: 'text/event-stream',
        ...(options.cursor !== undefined && { 'Last-Event-ID': options.cursor }),
      },
      signal: AbortSignal.any(signals),
    });
    yield* eventsOf(response, () => idle.refresh());
  } catch (error) {
    options.signal?.throwIfAborted();
    throw error instanceof OutpostApiError ? error : transport.connectionError(error);
  } finally {
    clearTimeout(idle);
    connection.abort();
  }
}

function idleTimer(idleTimeoutMs: number, connection: AbortController): NodeJS.Timeout {
  const message = `The log stream gave no sign of life for ${idleTimeoutMs / 1000} s.`;
  return setTimeout(() => connection.abort(new OutpostConnectionError(message)), idleTimeoutMs);
}

async function* eventsOf(
  response: Response,
  onActivity: () => void,
): AsyncGenerator<EventSourceMessage, void, undefined> {
  const type = response.headers.get('content-type') ?? '';
  if (!type.startsWith('text/event-stream') || response.body === null) {
    await response.body?.cancel();
    throw new OutpostApiError({
      status: response.status,
      code: 'UNEXPECTED_ANSWER',
      message: `Expected text/event-stream, got ${type === '' ? 'no content type' : type}.`,
    });
  }
  const events: EventSourceMessage[] = [];
  const parser = createParser({ onEvent: (event) => events.push(event) });
  const decoder = new TextDecoder();
  for await (const chunk of response.body) {
    onActivity();
    parser.feed(decoder.decode(chunk, { stream: true }));
    yield* events.splice(0);
  }
}

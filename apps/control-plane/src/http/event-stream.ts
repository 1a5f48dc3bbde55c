import { CursorSchema } from '@outpost/contracts';
import type { Context } from 'hono';
import { streamSSE, type SSEMessage } from 'hono/streaming';

/** Well under the 60 s after which load balancers drop a silent connection. */
const KEEP_ALIVE_MS = 15_000;

export function wantsStream(context: Context): boolean {
  return (context.req.header('accept') ?? '').includes('text/event-stream');
}

/** Where the stream that broke off had come to. */
export function lastEventId(context: Context): string | undefined {
  return CursorSchema.safeParse(context.req.header('last-event-id')).data;
}

/**
 * Answers with a stream of server-sent events, until they end, the caller leaves, or `shutdown` is aborted. What `open`
 * rejects with is still an error answer: it should have looked at all that the caller may have got wrong.
 */
export async function answerStream<T>(
  context: Context,
  shutdown: AbortSignal,
  {
    open,
    messageOf,
  }: {
    readonly open: (signal: AbortSignal) => Promise<AsyncIterable<T>>;
    readonly messageOf: (event: T) => SSEMessage;
  },
): Promise<Response> {
  const disconnected = new AbortController();
  const events = await open(AbortSignal.any([shutdown, disconnected.signal]));
  return streamSSE(context, async (stream) => {
    stream.onAbort(() => disconnected.abort());
    const keepAlive = setInterval(() => void stream.write(': keep-alive\n\n'), KEEP_ALIVE_MS);
    try {
      for await (const event of events) await stream.writeSSE(messageOf(event));
    } finally {
      clearInterval(keepAlive);
    }
  });
}

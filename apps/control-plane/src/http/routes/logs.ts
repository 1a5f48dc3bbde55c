import { CursorSchema } from '@outpost/contracts';
import { streamSSE } from 'hono/streaming';
import type { Services } from '../../services/index.js';
import type { Serve } from '../route.js';

/** Well under the 60 s after which load balancers drop a silent connection. */
const KEEP_ALIVE_MS = 15_000;

export function logRoutes(
  serve: Serve,
  { statusTracker }: Pick<Services, 'statusTracker'>,
  shutdown: AbortSignal,
): void {
  serve('dispatchLogs', async ({ principal, params, query, context }) => {
    const key = { tenantId: principal.tenantId, dispatchId: params.dispatchId };
    const wantsStream = (context.req.header('accept') ?? '').includes('text/event-stream');
    if (!wantsStream)
      return context.json(await statusTracker.logs({ ...key, cursor: query.cursor, limit: query.limit }));

    const lastEventId = CursorSchema.safeParse(context.req.header('last-event-id')).data;
    const disconnected = new AbortController();
    const signal = AbortSignal.any([shutdown, disconnected.signal]);
    // The first batch is read before the stream starts, so that a wrong id or cursor is still an error answer.
    const events = await statusTracker.follow({ ...key, cursor: lastEventId ?? query.cursor, signal });
    return streamSSE(context, async (stream) => {
      stream.onAbort(() => disconnected.abort());
      const keepAlive = setInterval(() => void stream.write(': keep-alive\n\n'), KEEP_ALIVE_MS);
      try {
        for await (const event of events) {
          if (event.type === 'log') {
            await stream.writeSSE({ event: 'log', id: event.cursor, data: JSON.stringify(event.line) });
          } else {
            await stream.writeSSE({ event: 'end', data: JSON.stringify({ status: event.status }) });
          }
        }
      } finally {
        clearInterval(keepAlive);
      }
    });
  });
}

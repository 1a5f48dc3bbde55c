import type { Services } from '../../services/index.js';
import { answerStream, lastEventId, wantsStream } from '../event-stream.js';
import type { Serve } from '../route.js';

export function logRoutes(
  serve: Serve,
  { statusTracker }: Pick<Services, 'statusTracker'>,
  shutdown: AbortSignal,
): void {
  serve('dispatchLogs', async ({ principal, params, query, context }) => {
    const key = { tenantId: principal.tenantId, dispatchId: params.dispatchId };
    if (!wantsStream(context))
      return context.json(await statusTracker.logs({ ...key, cursor: query.cursor, limit: query.limit }));
    const cursor = lastEventId(context) ?? query.cursor;
    return answerStream(context, shutdown, {
      open: (signal) => statusTracker.follow({ ...key, cursor, signal }),
      messageOf: (event) =>
        event.type === 'log'
          ? { event: 'log', id: event.cursor, data: JSON.stringify(event.line) }
          : { event: 'end', data: JSON.stringify({ status: event.status }) },
    });
  });
}

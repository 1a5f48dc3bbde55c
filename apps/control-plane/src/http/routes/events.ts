import type { Services } from '../../services/index.js';
import { answerStream, lastEventId, wantsStream } from '../event-stream.js';
import type { Serve } from '../route.js';

export function eventRoutes(
  serve: Serve,
  { history }: Pick<Services, 'history'>,
  shutdown: AbortSignal,
): void {
  serve('dispatchEvents', async ({ principal, params, query, context }) => {
    const key = { tenantId: principal.tenantId, dispatchId: params.dispatchId };
    if (!wantsStream(context))
      return context.json(await history.page({ ...key, cursor: query.cursor, limit: query.limit }));
    const cursor = lastEventId(context) ?? query.cursor;
    return answerStream(context, shutdown, {
      open: (signal) => history.follow({ ...key, cursor, signal }),
      messageOf: (event) =>
        event.type === 'end'
          ? { event: 'end', data: JSON.stringify({ status: event.status }) }
          : { event: event.type, id: event.eventId, data: JSON.stringify(event) },
    });
  });
}

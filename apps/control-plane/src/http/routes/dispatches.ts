import { isTerminal, type DispatchRecord } from '@outpost/contracts';
import type { Context } from 'hono';
import type { Serve } from '../route.js';
import type { Services } from '../../services/index.js';

type DispatchServices = Pick<Services, 'dispatcher' | 'statusTracker'>;

export function dispatchRoutes(serve: Serve, { dispatcher, statusTracker }: DispatchServices): void {
  const accepted = (context: Context, record: DispatchRecord) => {
    context.header('Location', `/dispatch/${record.dispatchId}`);
    return context.json(statusTracker.summarize(record), 202);
  };

  serve('createDispatch', async ({ principal, json, header, context }) => {
    const idempotencyKey = header['idempotency-key'];
    return accepted(context, await dispatcher.create({ principal, request: json, idempotencyKey }));
  });

  serve('retryDispatch', async ({ principal, params, header, context }) => {
    const idempotencyKey = header['idempotency-key'];
    return accepted(context, await dispatcher.retry({ principal, ...params, idempotencyKey }));
  });

  serve('getDispatch', async ({ principal, params, query, context }) => {
    const dispatch = await statusTracker.get({
      tenantId: principal.tenantId,
      dispatchId: params.dispatchId,
      recentLogs: query.logs,
      origin: originOf(context),
    });
    return context.json(dispatch);
  });

  serve('cancelDispatch', async ({ principal, params, context }) => {
    const record = await dispatcher.cancel({ tenantId: principal.tenantId, dispatchId: params.dispatchId });
    return context.json(statusTracker.summarize(record), isTerminal(record.status) ? 200 : 202);
  });

  serve('listRuns', async ({ principal, query, context }) =>
    context.json(await statusTracker.list({ tenantId: principal.tenantId, ...query })),
  );
}

/** Where this server was reached: what its own download URLs are made absolute with. */
export function originOf(context: Context): string {
  return new URL(context.req.url).origin;
}

import type { MiddlewareHandler } from 'hono';
import type { Logger } from 'pino';
import type { AppEnv } from '../app-env.js';

/** One line for each request, with its id, and its tenant once that is known. */
export function requestLog(logger: Logger): MiddlewareHandler<AppEnv> {
  return async (context, next) => {
    const started = performance.now();
    context.set('logger', logger.child({ requestId: context.get('requestId') }));
    await next();
    // The query may hold a signature: the path alone says which operation it was.
    context.get('logger').info(
      {
        method: context.req.method,
        path: context.req.path,
        status: context.res.status,
        durationMs: Math.round(performance.now() - started),
      },
      'request',
    );
  };
}

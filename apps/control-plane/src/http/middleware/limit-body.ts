import { LIMITS, OutpostError } from '@outpost/contracts';
import type { MiddlewareHandler } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import type { AppEnv } from '../app-env.js';

const limitStream = bodyLimit({
  maxSize: LIMITS.bodyMaxBytes,
  onError: (context) => {
    // The rest of it is still to come, and Node no longer skips what has been touched.
    context.header('Connection', 'close');
    return refuse();
  },
});

/**
 * Refuses bodies that are too large, by the length that they announce. A body is not so much as touched here: one that
 * nobody reads is then read on over by Node, and the connection is there for the next request.
 */
export const limitBody: MiddlewareHandler<AppEnv> = async (context, next) => {
  if (context.req.header('transfer-encoding') !== undefined) return limitStream(context, next);
  if (Number(context.req.header('content-length') ?? 0) > LIMITS.bodyMaxBytes) refuse();
  await next();
};

function refuse(): never {
  throw new OutpostError(
    'PAYLOAD_TOO_LARGE',
    `The body is larger than ${LIMITS.bodyMaxBytes / 1024 / 1024} MB.`,
  );
}

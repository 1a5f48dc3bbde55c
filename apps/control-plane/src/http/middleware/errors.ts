import { OutpostError, type ErrorBody } from '@outpost/contracts';
import type { Context, ErrorHandler, MiddlewareHandler, NotFoundHandler } from 'hono';
import { HTTPException } from 'hono/http-exception';
import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import type { AppEnv } from '../app-env.js';

/** Turns whatever a handler throws into the one error envelope. */
export function errorHandler(logger: Logger): ErrorHandler<AppEnv> {
  return (error, context) => {
    const known = knownError(error);
    if (known !== undefined) return errorResponse(context, known);
    // A fault of ours: the cause is for the log, the request id leads to it.
    logger.error({ err: error, requestId: context.get('requestId') }, 'request failed');
    return errorResponse(
      context,
      new OutpostError(
        'INTERNAL_ERROR',
        'An internal error. Its cause is in the log, under this request id.',
      ),
    );
  };
}

export const notFound: NotFoundHandler<AppEnv> = (context) =>
  errorResponse(
    context,
    new OutpostError(
      'NOT_FOUND',
      `There is no ${context.req.method} ${context.req.path}. GET /openapi.json lists what there is.`,
    ),
  );

/** A Host of digits alone looks like a name to the server, and breaks whatever reads the URL of the request. */
export const requireUrl: MiddlewareHandler<AppEnv> = async (context, next) => {
  if (!URL.canParse(context.req.url)) throw noHost();
  await next();
};

/** The answer where not even the URL of a request can be told: no handler sees it. */
export function unreadableRequest(): Response {
  const requestId = randomUUID();
  const error = noHost();
  return Response.json(bodyOf(error, requestId), {
    status: error.status,
    headers: { 'X-Request-Id': requestId },
  });
}

function noHost(): OutpostError {
  const message = 'must name the host of this server, and the path must be one of a URL';
  return new OutpostError('VALIDATION_ERROR', `header.host ${message}`, {
    details: [{ path: 'header.host', message }],
  });
}

function errorResponse(context: Context<AppEnv>, error: OutpostError): Response {
  if (error.retryAfterSeconds !== undefined) context.header('Retry-After', String(error.retryAfterSeconds));
  return context.json(bodyOf(error, context.get('requestId')), error.status);
}

function bodyOf({ code, message, details }: OutpostError, requestId: string): ErrorBody {
  return { error: { code, message, ...(details !== undefined && { details: [...details] }), requestId } };
}

function knownError(error: Error): OutpostError | undefined {
  if (error instanceof OutpostError) return error;
  // Hono's validator reports a body that is not JSON in this way.
  if (error instanceof HTTPException && error.status === 400) {
    const message = 'is not valid JSON';
    return new OutpostError('VALIDATION_ERROR', `body ${message}`, { details: [{ path: 'body', message }] });
  }
  return undefined;
}

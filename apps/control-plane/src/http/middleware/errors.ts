import { OutpostError, type ErrorBody } from '@outpost/contracts';
import type { Context, ErrorHandler, NotFoundHandler } from 'hono';
import { HTTPException } from 'hono/http-exception';
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

function errorResponse(context: Context<AppEnv>, error: OutpostError): Response {
  if (error.retryAfterSeconds !== undefined) context.header('Retry-After', String(error.retryAfterSeconds));
  const body: ErrorBody = {
    error: {
      code: error.code,
      message: error.message,
      ...(error.details !== undefined && { details: [...error.details] }),
      requestId: context.get('requestId'),
    },
  };
  return context.json(body, error.status);
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

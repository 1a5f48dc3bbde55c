import { z } from 'zod';

/** HTTP status of every error code. */
export const ERROR_STATUS = {
  VALIDATION_ERROR: 400,
  AUTHENTICATION_ERROR: 401,
  BUDGET_EXCEEDED: 402,
  AUTHORIZATION_ERROR: 403,
  NOT_FOUND: 404,
  CONFLICT: 409,
  PAYLOAD_TOO_LARGE: 413,
  RATE_LIMIT_EXCEEDED: 429,
  INTERNAL_ERROR: 500,
  SERVICE_UNAVAILABLE: 503,
} as const;

export type ErrorCode = keyof typeof ERROR_STATUS;

export const ErrorCodeSchema = z
  .enum(Object.keys(ERROR_STATUS) as [ErrorCode, ...ErrorCode[]])
  .meta({ id: 'ErrorCode', description: 'What went wrong; each code has one HTTP status.' });

/** What each code means, and an answer that has it. */
export const ERROR_NOTES: Readonly<
  Record<ErrorCode, { readonly meaning: string; readonly message: string; readonly details?: ErrorDetail[] }>
> = {
  VALIDATION_ERROR: {
    meaning: 'Something of the request is wrong: `details` say where, and what would be right.',
    message: 'body.timeoutSeconds too big: expected int to be <=86400',
    details: [{ path: 'body.timeoutSeconds', message: 'too big: expected int to be <=86400' }],
  },
  AUTHENTICATION_ERROR: {
    meaning: 'There is no key, or none that is valid.',
    message: 'Send an API key: X-API-Key: otp_… or Authorization: Bearer otp_…',
  },
  BUDGET_EXCEEDED: {
    meaning: "The tenant's budget of this month is spent.",
    message: 'The budget of 500 US dollars for 2026-11 is spent.',
  },
  AUTHORIZATION_ERROR: {
    meaning: 'The key or the signature does not allow this, or the tenant is suspended.',
    message: 'This needs the scope admin; the key has dispatch, status.',
  },
  NOT_FOUND: {
    meaning: "There is no such thing, or it is another tenant's.",
    message: 'There is no dispatch 01K4ZJ8W2T6V0Q9S3R5X7Y1B2C.',
  },
  CONFLICT: {
    meaning: 'It cannot be done in the state that things are in.',
    message: 'Dispatch 01K4ZJ8W2T6V0Q9S3R5X7Y1B2C has already ended: COMPLETED.',
  },
  PAYLOAD_TOO_LARGE: {
    meaning: 'The body is too large.',
    message: 'The body is larger than 10 MB.',
  },
  RATE_LIMIT_EXCEEDED: {
    meaning: 'Too many requests with this key, or from this address: wait for as long as Retry-After says.',
    message: 'More than 60 requests in a minute with this key.',
  },
  INTERNAL_ERROR: {
    meaning: 'A fault of Outpost. Its cause is in the log of the control plane, under the request id.',
    message: 'An internal error. Its cause is in the log, under this request id.',
  },
  SERVICE_UNAVAILABLE: {
    meaning: 'Outpost, or something that it needs for this, does not work now.',
    message: 'The store does not answer.',
  },
};

/** One thing wrong with a request: where, and what would be right. */
export const ErrorDetailSchema = z
  .strictObject({
    path: z.string().meta({ description: 'Where, e.g. `body.timeoutSeconds`.', example: 'body.agent' }),
    message: z.string(),
  })
  .meta({ id: 'ErrorDetail' });
export type ErrorDetail = z.infer<typeof ErrorDetailSchema>;

export const ErrorBodySchema = z
  .strictObject({
    error: z.strictObject({
      code: ErrorCodeSchema,
      message: z.string(),
      details: z.array(ErrorDetailSchema).optional(),
      requestId: z.string(),
    }),
  })
  .meta({ id: 'Error', description: 'The body of every answer that is not a success.' });
export type ErrorBody = z.infer<typeof ErrorBodySchema>;

/** An error that is meant for the caller: its message is sent as it stands. */
export class OutpostError extends Error {
  override readonly name = 'OutpostError';
  readonly code: ErrorCode;
  readonly details: readonly ErrorDetail[] | undefined;
  /** Seconds after which a repeat may succeed (429 and 503). */
  readonly retryAfterSeconds: number | undefined;

  constructor(
    code: ErrorCode,
    message: string,
    options: { details?: readonly ErrorDetail[]; retryAfterSeconds?: number; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.details = options.details;
    this.retryAfterSeconds = options.retryAfterSeconds;
  }

  get status(): (typeof ERROR_STATUS)[ErrorCode] {
    return ERROR_STATUS[this.code];
  }
}

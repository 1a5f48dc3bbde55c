import type { ErrorCode, ErrorDetail } from '@outpost/contracts';

/** Everything that this client throws, but for wrong arguments (TypeError) and the reason of a signal. */
export class OutpostError extends Error {
  override readonly name: string = 'OutpostError';
}

/** No answer: the server cannot be reached, or the connection broke. */
export class OutpostConnectionError extends OutpostError {
  override readonly name: string = 'OutpostConnectionError';
}

/** No answer in time. */
export class OutpostTimeoutError extends OutpostConnectionError {
  override readonly name = 'OutpostTimeoutError';
}

/** `UNEXPECTED_ANSWER`: what answered does not speak Outpost, e.g. a proxy on the way. A newer server may know more. */
export type OutpostErrorCode = ErrorCode | 'UNEXPECTED_ANSWER' | (string & {});

/** What an error answer said. */
export interface ApiErrorParams {
  readonly status: number;
  readonly code: OutpostErrorCode;
  readonly message: string;
  readonly details?: readonly ErrorDetail[] | undefined;
  readonly requestId?: string | undefined;
  readonly retryAfterSeconds?: number | undefined;
}

/** An answer of the API that is not a success. Each code has a class of its own below this one. */
export class OutpostApiError extends OutpostError {
  override readonly name: string = 'OutpostApiError';
  /** HTTP status. */
  readonly status: number;
  readonly code: OutpostErrorCode;
  readonly details: readonly ErrorDetail[];
  /** Names the request in the log of the control plane. */
  readonly requestId: string | undefined;
  /** Seconds after which a repeat may succeed. */
  readonly retryAfterSeconds: number | undefined;

  constructor(params: ApiErrorParams) {
    super(params.message);
    this.status = params.status;
    this.code = params.code;
    this.details = params.details ?? [];
    this.requestId = params.requestId;
    this.retryAfterSeconds = params.retryAfterSeconds;
  }
}

/** The request is wrong; `details` say where, and what would be right. */
export class ValidationError extends OutpostApiError {
  override readonly name = 'ValidationError';
}

/** There is no such key, or it has expired or was revoked. */
export class AuthenticationError extends OutpostApiError {
  override readonly name = 'AuthenticationError';
}

/** The month's budget of the tenant is spent. */
export class BudgetExceededError extends OutpostApiError {
  override readonly name = 'BudgetExceededError';
}

/** The key may not do this. */
export class AuthorizationError extends OutpostApiError {
  override readonly name = 'AuthorizationError';
}

/** There is no such thing, or it is another tenant's. */
export class NotFoundError extends OutpostApiError {
  override readonly name = 'NotFoundError';
}

/** It cannot be done in the state that the thing is in. */
export class ConflictError extends OutpostApiError {
  override readonly name = 'ConflictError';
}

/** The body is too large. */
export class PayloadTooLargeError extends OutpostApiError {
  override readonly name = 'PayloadTooLargeError';
}

/** Too many requests with this key. */
export class RateLimitExceededError extends OutpostApiError {
  override readonly name = 'RateLimitExceededError';
}

/** A fault of the control plane: its log has the cause, under `requestId`. */
export class InternalError extends OutpostApiError {
  override readonly name = 'InternalError';
}

/** The control plane cannot do it now. */
export class ServiceUnavailableError extends OutpostApiError {
  override readonly name = 'ServiceUnavailableError';
}

/** What answered does not speak Outpost, e.g. a proxy on the way. */
export class UnexpectedAnswerError extends OutpostApiError {
  override readonly name = 'UnexpectedAnswerError';
}

const CLASSES: Readonly<Record<ErrorCode | 'UNEXPECTED_ANSWER', typeof OutpostApiError>> = {
  VALIDATION_ERROR: ValidationError,
  AUTHENTICATION_ERROR: AuthenticationError,
  BUDGET_EXCEEDED: BudgetExceededError,
  AUTHORIZATION_ERROR: AuthorizationError,
  NOT_FOUND: NotFoundError,
  CONFLICT: ConflictError,
  PAYLOAD_TOO_LARGE: PayloadTooLargeError,
  RATE_LIMIT_EXCEEDED: RateLimitExceededError,
  INTERNAL_ERROR: InternalError,
  SERVICE_UNAVAILABLE: ServiceUnavailableError,
  UNEXPECTED_ANSWER: UnexpectedAnswerError,
};

/** The error of the class of its code. */
export function apiError(params: ApiErrorParams): OutpostApiError {
  const known: Readonly<Record<string, typeof OutpostApiError>> = CLASSES;
  const ErrorOfCode = Object.hasOwn(known, params.code) ? known[params.code]! : OutpostApiError;
  return new ErrorOfCode(params);
}

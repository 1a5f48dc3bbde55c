import type { OutpostErrorCode } from '@outpost/client';
import type { DispatchStatus, ErrorCode } from '@outpost/contracts';

/** What the command ends with. Scripts rely on these: docs/cli.md lists them. */
export const EXIT = {
  done: 0,
  /** None of the others. */
  failed: 1,
  /** The command line or its input is wrong. */
  usage: 2,
  /** No control plane answers, or it cannot. */
  unavailable: 3,
  /** No key, a wrong one, or one that may not do this. */
  notAllowed: 4,
  notFound: 5,
  /** It is not in the state for this: a dispatch that has ended, a checkout that is dirty. */
  conflict: 6,
  /** Too many requests, or the budget is used up. */
  limited: 7,
  dispatchFailed: 10,
  dispatchTimedOut: 11,
  dispatchCancelled: 12,
} as const;

/** Of a command that waited for a dispatch. */
export function exitCodeOfStatus(status: DispatchStatus): number {
  if (status === 'FAILED') return EXIT.dispatchFailed;
  if (status === 'TIMEOUT') return EXIT.dispatchTimedOut;
  if (status === 'CANCELLED') return EXIT.dispatchCancelled;
  return EXIT.done;
}

const OF_ERROR: Readonly<Record<ErrorCode, number>> = {
  VALIDATION_ERROR: EXIT.usage,
  PAYLOAD_TOO_LARGE: EXIT.usage,
  AUTHENTICATION_ERROR: EXIT.notAllowed,
  AUTHORIZATION_ERROR: EXIT.notAllowed,
  NOT_FOUND: EXIT.notFound,
  CONFLICT: EXIT.conflict,
  RATE_LIMIT_EXCEEDED: EXIT.limited,
  BUDGET_EXCEEDED: EXIT.limited,
  INTERNAL_ERROR: EXIT.unavailable,
  SERVICE_UNAVAILABLE: EXIT.unavailable,
};

/** Of a command that the API refused. A newer server may know more codes. */
export function exitCodeOfError(code: OutpostErrorCode): number {
  if (code === 'UNEXPECTED_ANSWER') return EXIT.unavailable;
  return Object.hasOwn(OF_ERROR, code) ? OF_ERROR[code as ErrorCode] : EXIT.failed;
}

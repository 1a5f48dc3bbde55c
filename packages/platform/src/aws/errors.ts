import { OutpostError } from '@outpost/contracts';

const THROTTLED = new Set([
  'BandwidthLimitExceeded',
  'LimitExceededException',
  'PriorRequestNotComplete',
  'ProvisionedThroughputExceededException',
  'RequestLimitExceeded',
  'RequestThrottled',
  'RequestThrottledException',
  'SlowDown',
  'ThrottledException',
  'Throttling',
  'ThrottlingException',
  'TooManyRequestsException',
  'TransactionInProgressException',
]);

const UNREACHABLE = new Set([
  'AbortError',
  'CredentialsProviderError',
  'EAI_AGAIN',
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOTFOUND',
  'EPIPE',
  'ETIMEDOUT',
  'InternalServerError',
  'RequestTimeout',
  'TimeoutError',
]);

/** A service that is throttled asks for a pause of this many seconds, spread so that not all come back at once. */
const RETRY_AFTER_SECONDS = { min: 1, max: 5 } as const;

/** Whether a repeat may succeed: the service throttles, fails, or cannot be reached. */
function isOutage(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { $metadata, $fault, code } = error as Partial<SdkFailure>;
  return (
    THROTTLED.has(error.name) ||
    UNREACHABLE.has(error.name) ||
    (code !== undefined && UNREACHABLE.has(code)) ||
    $fault === 'server' ||
    ($metadata?.httpStatusCode ?? 0) >= 500
  );
}

interface SdkFailure {
  readonly $metadata: { readonly httpStatusCode?: number };
  readonly $fault: 'client' | 'server';
  readonly code: string;
}

/** What a caller is told of an outage; any other error as it is. */
export function asServiceError(service: string, error: unknown, random: () => number = Math.random): unknown {
  if (!isOutage(error)) return error;
  return busyError(`${service} does not answer. Try again in a moment.`, { random, cause: error });
}

/** SERVICE_UNAVAILABLE, with when to come back. */
export function busyError(
  message: string,
  { random, cause }: { readonly random: () => number; readonly cause?: unknown },
): OutpostError {
  const { min, max } = RETRY_AFTER_SECONDS;
  const retryAfterSeconds = min + Math.floor(random() * (max - min + 1));
  return new OutpostError('SERVICE_UNAVAILABLE', message, { retryAfterSeconds, cause });
}

/** Whether an error of the SDK is one of these, by its name. */
export function isNamed(error: unknown, ...names: readonly string[]): boolean {
  return error instanceof Error && names.includes(error.name);
}

import { LIMITS, OutpostError } from '@outpost/contracts';
import type { IdempotencyClaim } from '@outpost/platform';
import { createHash } from 'node:crypto';

/** `now` is in epoch milliseconds. */
export function idempotencyClaim(params: {
  readonly key: string;
  readonly request: object;
  readonly now: number;
}): IdempotencyClaim {
  const { key, request, now } = params;
  const expiresAt = Math.floor(now / 1000) + LIMITS.idempotencyKeyHours * 3_600;
  return { key, requestHash: hashOf(request), expiresAt };
}

export function conflictingKey(dispatchId: string): OutpostError {
  return new OutpostError(
    'CONFLICT',
    `The Idempotency-Key was used for another request (dispatch ${dispatchId}). Use a new key for a new request.`,
  );
}

/** The same request gives the same hash, whatever the order of its fields. */
function hashOf(request: object): string {
  const canonical = JSON.stringify(request, (_, value: unknown) =>
    value !== null && typeof value === 'object' && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  );
  return createHash('sha256').update(canonical).digest('hex');
}

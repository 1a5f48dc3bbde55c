import type { IdempotencyClaim } from '../ports/index.js';
import type { Database } from './database.js';

export interface IdempotencyEntry {
  readonly dispatchId: string;
  readonly requestHash: string;
}

/** What the key made, unless it has expired at `now` (epoch seconds). */
export function findIdempotencyKey(
  database: Database,
  params: { readonly tenantId: string; readonly key: string; readonly now: number },
): IdempotencyEntry | undefined {
  const row = database.one<IdempotencyEntry>(
    'SELECT dispatchId, requestHash FROM idempotency_keys WHERE tenantId = ? AND key = ? AND expiresAt > ?',
    params.tenantId,
    params.key,
    params.now,
  );
  return row === undefined ? undefined : { dispatchId: row.dispatchId, requestHash: row.requestHash };
}

/** Remembers what the key made, and forgets all keys that have expired at `now`. */
export function claimIdempotencyKey(
  database: Database,
  params: {
    readonly tenantId: string;
    readonly dispatchId: string;
    readonly claim: IdempotencyClaim;
    readonly now: number;
  },
): void {
  const { tenantId, dispatchId, claim, now } = params;
  database.run('DELETE FROM idempotency_keys WHERE expiresAt <= ?', now);
  database.run(
    'INSERT INTO idempotency_keys (tenantId, key, requestHash, dispatchId, expiresAt) VALUES (?, ?, ?, ?, ?)',
    tenantId,
    claim.key,
    claim.requestHash,
    dispatchId,
    claim.expiresAt,
  );
}

import type { AcceptedStatus, IdempotencyClaim } from '../ports/index.js';
import type { Database } from './database.js';

export interface IdempotencyEntry {
  readonly dispatchId: string;
  readonly requestHash: string;
  readonly acceptedAs: AcceptedStatus;
}

/** What the key made, unless it has expired at `now` (epoch seconds). */
export function findIdempotencyKey(
  database: Database,
  params: { readonly tenantId: string; readonly key: string; readonly now: number },
): IdempotencyEntry | undefined {
  const row = database.one<IdempotencyEntry>(
    `SELECT dispatchId, requestHash, acceptedAs FROM idempotency_keys
     WHERE tenantId = ? AND key = ? AND expiresAt > ?`,
    params.tenantId,
    params.key,
    params.now,
  );
  // A row of SQLite has no prototype: a copy of it has.
  return row === undefined ? undefined : { ...row };
}

/** Remembers what the key made, and forgets all keys that have expired at `now`. */
export function claimIdempotencyKey(
  database: Database,
  params: {
    readonly tenantId: string;
    readonly dispatchId: string;
    readonly claim: IdempotencyClaim;
    readonly acceptedAs: AcceptedStatus;
    readonly now: number;
  },
): void {
  const { tenantId, dispatchId, claim, acceptedAs, now } = params;
  database.run('DELETE FROM idempotency_keys WHERE expiresAt <= ?', now);
  database.run(
    `INSERT INTO idempotency_keys (tenantId, key, requestHash, dispatchId, expiresAt, acceptedAs)
     VALUES (?, ?, ?, ?, ?, ?)`,
    tenantId,
    claim.key,
    claim.requestHash,
    dispatchId,
    claim.expiresAt,
    acceptedAs,
  );
}

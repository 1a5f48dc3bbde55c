import type { DispatchRecord } from '@outpost/contracts';
import type { CreateDispatchParams, CreateDispatchResult } from '../ports/index.js';
import type { Database } from './database.js';
import { hasRoom, isSomebodyWaiting } from './dispatch-capacity.js';
import { insertDispatch, readDispatch } from './dispatch-rows.js';
import { claimIdempotencyKey, findIdempotencyKey } from './idempotency.js';

/** Runs inside a transaction. */
export function createDispatch(database: Database, params: CreateDispatchParams): CreateDispatchResult {
  const earlier = earlierResult(database, params);
  if (earlier !== undefined) return earlier;
  const record = newRecord(database, params);
  insertDispatch(database, record);
  const { idempotency: claim } = params;
  if (claim !== undefined) {
    const { tenantId, dispatchId } = record;
    claimIdempotencyKey(database, { tenantId, dispatchId, claim, now: epochSeconds(params.at) });
  }
  return { outcome: 'created', record };
}

function earlierResult(database: Database, params: CreateDispatchParams): CreateDispatchResult | undefined {
  const { idempotency: claim, spec, at } = params;
  if (claim === undefined) return undefined;
  const { tenantId } = spec;
  const earlier = findIdempotencyKey(database, { tenantId, key: claim.key, now: epochSeconds(at) });
  if (earlier === undefined) return undefined;
  const { dispatchId, requestHash } = earlier;
  if (requestHash !== claim.requestHash) return { outcome: 'conflict', dispatchId };
  const record = readDispatch(database, { tenantId, dispatchId });
  return record === undefined ? undefined : { outcome: 'replayed', record };
}

function newRecord(database: Database, { spec, at, limits }: CreateDispatchParams): DispatchRecord {
  const mayStart = !isSomebodyWaiting(database, spec) && hasRoom(database, spec, limits);
  return mayStart
    ? { ...spec, status: 'PENDING', pendingAt: at, launches: 0 }
    : { ...spec, status: 'QUEUED' };
}

function epochSeconds(at: string): number {
  return Math.floor(Date.parse(at) / 1_000);
}

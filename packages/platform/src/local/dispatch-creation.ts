import { lifecycleEventOf, type DispatchRecord } from '@outpost/contracts';
import type { AcceptedStatus, CreateDispatchParams, CreateDispatchResult } from '../ports/index.js';
import type { Database } from './database.js';
import { hasRoom, isSomebodyWaiting, noteStart } from './dispatch-capacity.js';
import { insertDispatch, readDispatch } from './dispatch-rows.js';
import { isWorkspaceDeleted } from './workspace-use.js';
import { claimIdempotencyKey, findIdempotencyKey } from './idempotency.js';
import { addToOutbox } from './outbox.js';

/** Runs inside a transaction. */
export function createDispatch(database: Database, params: CreateDispatchParams): CreateDispatchResult {
  const earlier = earlierResult(database, params);
  if (earlier !== undefined) return earlier;
  const { spec, at, limits, idempotency: claim } = params;
  if (isWorkspaceDeleted(database, spec)) return { outcome: 'workspace_gone' };
  const mayStart = !isSomebodyWaiting(database, spec) && hasRoom(database, spec, limits);
  const acceptedAs = mayStart ? 'PENDING' : 'QUEUED';
  const record = newRecord(params, acceptedAs);
  insertDispatch(database, record);
  addToOutbox(database, lifecycleEventOf(record));
  if (mayStart) noteStart(database, spec.tenantId, at);
  if (claim !== undefined)
    claimIdempotencyKey(database, { ...spec, claim, acceptedAs, now: epochSeconds(at) });
  return { outcome: 'created', record };
}

function earlierResult(database: Database, params: CreateDispatchParams): CreateDispatchResult | undefined {
  const { idempotency: claim, spec, at } = params;
  if (claim === undefined) return undefined;
  const { tenantId } = spec;
  const earlier = findIdempotencyKey(database, { tenantId, key: claim.key, now: epochSeconds(at) });
  if (earlier === undefined) return undefined;
  const { dispatchId, requestHash, acceptedAs } = earlier;
  if (requestHash !== claim.requestHash) return { outcome: 'conflict', dispatchId };
  const record = readDispatch(database, { tenantId, dispatchId });
  return record === undefined ? undefined : { outcome: 'replayed', record, acceptedAs };
}

function newRecord({ spec, at }: CreateDispatchParams, status: AcceptedStatus): DispatchRecord {
  return status === 'PENDING' ? { ...spec, status, pendingAt: at, attempt: 1 } : { ...spec, status };
}

function epochSeconds(at: string): number {
  return Math.floor(Date.parse(at) / 1_000);
}

import {
  allows,
  apply,
  isTerminal,
  type DispatchMove,
  type DispatchRecord,
  type DispatchStatus,
} from '@outpost/contracts';
import type {
  AdmitResult,
  AnnotateParams,
  Annotation,
  DispatchKey,
  DispatchStore,
  MoveResult,
} from '../ports/index.js';
import type { Database } from './database.js';
import { countQueued, hasRoom, queueHeads, slotUsage } from './dispatch-capacity.js';
import { createDispatch } from './dispatch-creation.js';
import { listByStatus, listDispatches } from './dispatch-listing.js';
import { readDispatch, updateDispatch } from './dispatch-rows.js';
import { findIdempotencyKey } from './idempotency.js';
import { addToOutbox } from './outbox.js';

/** Methods are async so that a failure is a rejection; the work itself is synchronous. */
export function createLocalDispatchStore({ database }: { readonly database: Database }): DispatchStore {
  return {
    create: async (params) => database.transaction(() => createDispatch(database, params)),
    get: async (key) => readDispatch(database, key),
    findByIdempotencyKey: async (params) => findIdempotencyKey(database, params),
    move: async ({ move, during, event, ...key }) =>
      database.transaction(() => {
        const result = moveDispatch(database, { key, move, during });
        if (result.outcome === 'moved' && event !== undefined && isTerminal(move.to))
          addToOutbox(database, event);
        return result;
      }),
    admit: async ({ at, limits, ...key }) =>
      database.transaction((): AdmitResult => {
        const record = readDispatch(database, key);
        const isFull = record?.status === 'QUEUED' && !hasRoom(database, record, limits);
        if (isFull) return { outcome: 'full' };
        return moveDispatch(database, { key, move: { to: 'PENDING', pendingAt: at, launches: 0 } });
      }),
    annotate: async (params) => database.transaction(() => annotateDispatch(database, params)),
    list: async (params) => listDispatches(database, params),
    listByStatus: async ({ statuses }) => listByStatus(database, statuses),
    queueHeads: async () => queueHeads(database),
    slotUsage: async ({ tenantIds }) => slotUsage(database, tenantIds),
    countQueued: async ({ tenantId }) => countQueued(database, tenantId),
  };
}

interface Move {
  readonly key: DispatchKey;
  readonly move: DispatchMove;
  readonly during?: readonly DispatchStatus[] | undefined;
}

function moveDispatch(database: Database, { key, move, during }: Move): MoveResult {
  const record = readDispatch(database, key);
  if (record === undefined) return { outcome: 'missing' };
  const isMeant = during === undefined || during.includes(record.status);
  if (!isMeant || !allows(record, move)) return { outcome: 'refused', record };
  return written(database, apply(record, move));
}

function annotateDispatch(database: Database, { during, set, ...key }: AnnotateParams): MoveResult {
  const record = readDispatch(database, key);
  if (record === undefined) return { outcome: 'missing' };
  if (!during.includes(record.status)) return { outcome: 'refused', record };
  return written(database, annotated(record, set));
}

/** The first request to cancel is the one that counts. */
function annotated(record: DispatchRecord, set: Annotation): DispatchRecord {
  const first = 'cancelRequestedAt' in record ? record.cancelRequestedAt : undefined;
  return { ...record, ...set, ...(first !== undefined && { cancelRequestedAt: first }) };
}

function written(database: Database, record: DispatchRecord): MoveResult {
  updateDispatch(database, record);
  return { outcome: 'moved', record };
}

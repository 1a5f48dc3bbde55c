import {
  allows,
  apply,
  isTerminal,
  lifecycleEventOf,
  type DispatchMove,
  type DispatchRecord,
  type DispatchStatus,
} from '@outpost/contracts';
import {
  isWithin,
  type AdmitResult,
  type AnnotateParams,
  type Annotation,
  type CapacityLimits,
  type DispatchKey,
  type Fence,
  type MoveParams,
  type MoveResult,
} from '../ports/index.js';
import type { Database } from './database.js';
import { hasRoom, noteStart } from './dispatch-capacity.js';
import { readDispatch, updateDispatch } from './dispatch-rows.js';
import { addSpending } from './dispatch-spending.js';
import { addToOutbox } from './outbox.js';

/** Runs inside a transaction, as all here do. */
export function moveDispatch(
  database: Database,
  { move, during, fence, event, ...key }: MoveParams,
): MoveResult {
  const result = change(database, { key, during, fence }, (record) => moved(record, move));
  if (result.outcome !== 'moved') return result;
  addToOutbox(database, lifecycleEventOf(result.record), ...(event === undefined ? [] : [event]));
  if (isTerminal(move.to)) addSpending(database, result.record);
  return result;
}

export function admitDispatch(
  database: Database,
  { at, limits, ...key }: DispatchKey & { readonly at: string; readonly limits: CapacityLimits },
): AdmitResult {
  const record = readDispatch(database, key);
  if (record?.status === 'QUEUED' && !hasRoom(database, record, limits)) return { outcome: 'full' };
  const move = { to: 'PENDING', pendingAt: at, attempt: 1 } as const;
  const result = change(database, { key }, (queued) => moved(queued, move));
  if (result.outcome !== 'moved') return result;
  addToOutbox(database, lifecycleEventOf(result.record));
  noteStart(database, key.tenantId, at);
  return result;
}

export function annotateDispatch(
  database: Database,
  { during, fence, set, ...key }: AnnotateParams,
): MoveResult {
  return change(database, { key, during, fence }, (record) => annotated(record, set));
}

interface Condition {
  readonly key: DispatchKey;
  readonly during?: readonly DispatchStatus[] | undefined;
  readonly fence?: Fence | undefined;
}

/** Writes what `next` makes of the record; undefined refuses it. */
function change(
  database: Database,
  { key, during, fence }: Condition,
  next: (record: DispatchRecord) => DispatchRecord | undefined,
): MoveResult {
  const record = readDispatch(database, key);
  if (record === undefined) return { outcome: 'missing' };
  const isMeant = (during === undefined || during.includes(record.status)) && isWithin(fence, record);
  const changed = isMeant ? next(record) : undefined;
  if (changed === undefined) return { outcome: 'refused', record };
  updateDispatch(database, record, changed);
  return { outcome: 'moved', record: changed };
}

function moved(record: DispatchRecord, move: DispatchMove): DispatchRecord | undefined {
  return allows(record, move) ? apply(record, move) : undefined;
}

/** The first request to cancel is the one that counts. */
function annotated(record: DispatchRecord, set: Annotation): DispatchRecord {
  const first = 'cancelRequestedAt' in record ? record.cancelRequestedAt : undefined;
  return { ...record, ...set, ...(first !== undefined && { cancelRequestedAt: first }) };
}

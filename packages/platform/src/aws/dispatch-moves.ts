import {
  allows,
  apply,
  OutpostError,
  SLOT_HOLDING,
  type CostEvent,
  type DispatchMove,
  type DispatchRecord,
  type DispatchStatus,
  type TerminalStatus,
} from '@outpost/contracts';
import type { AdmitResult, CapacityLimits, DispatchKey, MoveResult } from '../ports/index.js';
import type { DispatchContext } from './dispatch-context.js';
import { changeOf, isWrittenBy, jobKey, readDispatch, recordOf } from './dispatch-items.js';
import { leaveLine } from './dispatch-queue.js';
import { freeSlots, takeSlots } from './dispatch-slots.js';
import { Expression } from './expression.js';
import { outboxStep } from './outbox.js';
import { TABLES } from './tables.js';
import { transact, type Step } from './transact.js';
import { workspaceSlot } from './workspace-slot.js';

/** Of races lost in a row. Each is lost to a write of another, of which a dispatch sees few. */
const MAX_ROUNDS = 10;

interface MoveParams<Move extends DispatchMove> extends DispatchKey {
  readonly move: Move;
  readonly during?: readonly DispatchStatus[] | undefined;
}

/** Gives back what the state holds: its slots, or its place in the line. */
export async function endDispatch(
  context: DispatchContext,
  params: MoveParams<Extract<DispatchMove, { to: TerminalStatus }>> & {
    readonly event?: CostEvent | undefined;
  },
): Promise<MoveResult> {
  const { event } = params;
  const result = await moveTogether(context, params, (record) => ({
    ...(holdsSlots(record)
      ? { ...freeSlots(record), ...workspaceSlot('free', record) }
      : { ...leaveLine(record), ...workspaceSlot('leave', record) }),
    ...(event !== undefined && { outbox: outboxStep(event) }),
  }));
  if (result.outcome === 'full') throw new TypeError('An end takes no slot.');
  return result;
}

export async function admitDispatch(
  context: DispatchContext,
  { at, limits, ...key }: DispatchKey & { readonly at: string; readonly limits: CapacityLimits },
): Promise<AdmitResult> {
  const move = { to: 'PENDING', pendingAt: at, launches: 0 } as const;
  return moveTogether(context, { ...key, move }, (record) => ({
    ...takeSlots(record, limits),
    ...leaveLine(record),
    ...workspaceSlot('admit', record),
  }));
}

/** Writes a move and what goes with it in one transaction; `full` when only the latter was in the way. */
async function moveTogether(
  context: DispatchContext,
  { move, during, ...key }: MoveParams<DispatchMove>,
  stepsFor: (record: DispatchRecord) => Readonly<Record<string, Step>>,
): Promise<AdmitResult> {
  const moveId = context.newId();
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const record = await readDispatch(context, key);
    if (record === undefined) return { outcome: 'missing' };
    const isMeant = during?.includes(record.status) ?? true;
    if (!isMeant || !allows(record, move)) return { outcome: 'refused', record };
    const job = updateJob(record, move, moveId);
    const refusals = await transact(context, { job, ...stepsFor(record) });
    if (refusals === undefined) return { outcome: 'moved', record: apply(record, move) };
    if (!refusals.has('job')) return { outcome: 'full' };
    const standing = refusals.get('job');
    if (standing !== undefined && isWrittenBy(standing, { moveId }))
      return { outcome: 'moved', record: recordOf(standing) };
  }
  throw new OutpostError('SERVICE_UNAVAILABLE', `Dispatch ${key.dispatchId} changes all the time.`, {
    retryAfterSeconds: 1,
  });
}

/** All that may change and stays in the record is still as it was read: then the answer is what was written. */
function updateJob(record: DispatchRecord, move: DispatchMove, moveId: string): Step {
  const read: Readonly<Record<string, unknown>> = { ...record };
  const expression = new Expression();
  const UpdateExpression = expression.update(changeOf({ move, moveId, ttl: record.ttl }));
  const conditions = ['status', 'launches', 'taskArn', 'cancelRequestedAt'].map((attribute) =>
    expression.isStill(attribute, read[attribute]),
  );
  return {
    Update: {
      TableName: TABLES.jobs.name,
      Key: jobKey(record),
      UpdateExpression,
      ConditionExpression: conditions.join(' AND '),
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      ...expression.attributes(),
    },
  };
}

function holdsSlots({ status }: DispatchRecord): boolean {
  return (SLOT_HOLDING as readonly DispatchStatus[]).includes(status);
}

import {
  allows,
  apply,
  lifecycleEventOf,
  OutpostError,
  SLOT_HOLDING,
  type CostEvent,
  type DispatchMove,
  type DispatchRecord,
  type DispatchStatus,
  type Relaunch,
  type TerminalStatus,
} from '@outpost/contracts';
import {
  isWithin,
  type AdmitResult,
  type CapacityLimits,
  type DispatchKey,
  type Fence,
  type MoveResult,
} from '../ports/index.js';
import type { DispatchContext } from './dispatch-context.js';
import { changeOf, isWrittenBy, jobKey, marksOf, readItem, recordOf, type Marks } from './dispatch-items.js';
import { leaveLine } from './dispatch-queue.js';
import { freeSlots, takeSlots } from './dispatch-slots.js';
import { Expression } from './expression.js';
import { outboxStep } from './outbox.js';
import { TABLES } from './tables.js';
import { transact, type Refusals, type Step } from './transact.js';
import { freeWorkspace, readWorkspaceLine } from './workspace-line.js';

/** Of races lost in a row. Each is lost to a write of another, of which a dispatch sees few. */
const MAX_ROUNDS = 10;

interface MoveParams<Move extends DispatchMove> extends DispatchKey {
  readonly move: Move;
  readonly during?: readonly DispatchStatus[] | undefined;
  readonly fence?: Fence | undefined;
}

type Steps = Readonly<Record<string, Step>>;

/** Gives back what the state holds: its slots, or its place in the line. */
export async function endDispatch(
  context: DispatchContext,
  params: MoveParams<Extract<DispatchMove, { to: TerminalStatus }>> & {
    readonly event?: CostEvent | undefined;
  },
): Promise<MoveResult> {
  const { event } = params;
  const result = await moveTogether(context, params, async (record) => ({
    ...(holdsSlots(record)
      ? { ...freeSlots(record, params.move), ...freeWorkspace(record) }
      : await leaving(context, record, { isAdmitted: false })),
    ...(event !== undefined && { costEvent: outboxStep(event) }),
  }));
  return takingNoSlot(result);
}

/** Leaves the slots as they are. */
export async function moveInPlace(
  context: DispatchContext,
  params: MoveParams<Extract<DispatchMove, { to: 'RUNNING' }> | Relaunch>,
): Promise<MoveResult> {
  return takingNoSlot(await moveTogether(context, params, async () => ({})));
}

function takingNoSlot(result: AdmitResult): MoveResult {
  if (result.outcome === 'full') throw new TypeError('It takes no slot.');
  return result;
}

export async function admitDispatch(
  context: DispatchContext,
  { at, limits, ...key }: DispatchKey & { readonly at: string; readonly limits: CapacityLimits },
): Promise<AdmitResult> {
  const move = { to: 'PENDING', pendingAt: at, attempt: 1 } as const;
  return moveTogether(context, { ...key, move }, async (record) => ({
    ...takeSlots(record, { limits, at }),
    ...(await leaving(context, record, { isAdmitted: true })),
  }));
}

async function leaving(
  context: DispatchContext,
  record: DispatchRecord,
  admission: { readonly isAdmitted: boolean },
): Promise<Steps> {
  return leaveLine(record, await readWorkspaceLine(context, record), admission);
}

/** Writes a move, its event and what goes with it in one transaction; `full` when there was no slot for it. */
async function moveTogether(
  context: DispatchContext,
  { move, during, fence, ...key }: MoveParams<DispatchMove>,
  stepsFor: (record: DispatchRecord) => Promise<Steps>,
): Promise<AdmitResult> {
  const moveId = context.newId();
  const isLegal = (record: DispatchRecord): boolean =>
    (during?.includes(record.status) ?? true) && isWithin(fence, record) && allows(record, move);
  // Written on condition that nothing has changed: what is known may be old, and costs no request.
  let known = context.lastWritten.take(key);
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const item = known !== undefined && isLegal(recordOf(known)) ? known : await readItem(context, key);
    known = undefined;
    if (item === undefined) return { outcome: 'missing' };
    const record = recordOf(item);
    if (!isLegal(record)) return { outcome: 'refused', record };
    const job = updateJob(record, { move, moveId, marks: marksOf(item) });
    const after = apply(record, move);
    const event = outboxStep(lifecycleEventOf(after));
    const refusals = await transact(context, { job, event, ...(await stepsFor(record)) });
    if (refusals === undefined) return { outcome: 'moved', record: after };
    if (move.to === 'PENDING' && !refusals.has('job') && isFull(refusals)) return { outcome: 'full' };
    const standing = refusals.get('job');
    if (standing !== undefined && isWrittenBy(standing, { moveId }))
      return { outcome: 'moved', record: recordOf(standing) };
  }
  throw new OutpostError('SERVICE_UNAVAILABLE', `Dispatch ${key.dispatchId} changes all the time.`, {
    retryAfterSeconds: 1,
  });
}

/** What an admission was refused for. Else the line was another by then, and the next round sees it as it is. */
function isFull(refusals: Refusals): boolean {
  const holder = refusals.get('workspaceSlot')?.['holder'];
  return refusals.has('agentSlots') || refusals.has('tenantSlots') || holder !== undefined;
}

/** Refused when anything has changed since it was read: so the answer is what was written. */
function updateJob(
  record: DispatchRecord,
  { move, moveId, marks }: { readonly move: DispatchMove; readonly moveId: string; readonly marks: Marks },
): Step {
  const expression = new Expression();
  const UpdateExpression = expression.update(changeOf({ move, moveId, ttl: record.ttl }));
  const conditions = [
    expression.isStill('moveId', marks.moveId),
    expression.isStill('annotationId', marks.annotationId),
  ];
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

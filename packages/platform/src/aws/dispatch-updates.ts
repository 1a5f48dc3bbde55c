import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { guardOf, type DispatchMove, type DispatchStatus, type Relaunch } from '@outpost/contracts';
import type { AnnotateParams, DispatchKey, Fence, MoveResult } from '../ports/index.js';
import { untilUncontended } from './contention.js';
import type { DispatchContext, Item } from './dispatch-context.js';
import { changeOf, isWrittenBy, jobKey, readDispatch, recordOf } from './dispatch-items.js';
import { isExpired } from './expiry.js';
import { Expression, type Change } from './expression.js';
import { TABLES } from './tables.js';
import { itemIn } from './transact.js';

/** A move that leaves the slots as they are. */
export type MoveInPlace = Extract<DispatchMove, { to: 'RUNNING' }> | Relaunch;

export async function moveInPlace(
  context: DispatchContext,
  params: DispatchKey & {
    readonly move: MoveInPlace;
    readonly during?: readonly DispatchStatus[] | undefined;
    readonly fence?: Fence | undefined;
  },
): Promise<MoveResult> {
  const { move, during, fence } = params;
  const { from, notCancelled } = guardOf(move);
  const moveId = context.newId();
  return update(context, params, {
    change: changeOf({ move, moveId }),
    from: from.filter((status) => during?.includes(status) ?? true),
    notCancelled,
    fence,
    mark: { moveId },
  });
}

/** The first request to cancel is the one that counts. */
export async function annotateDispatch(
  context: DispatchContext,
  { during, fence, set: { cancelRequestedAt, ...set }, ...key }: AnnotateParams,
): Promise<MoveResult> {
  const annotationId = context.newId();
  return update(context, key, {
    change: { set: { ...set, annotationId }, setOnce: { cancelRequestedAt } },
    from: during,
    notCancelled: false,
    fence,
    mark: { annotationId },
  });
}

interface Update {
  readonly change: Change;
  readonly from: readonly DispatchStatus[];
  readonly notCancelled: boolean;
  readonly fence: Fence | undefined;
  /** Written with the change: tells afterwards whether it was this call that wrote. */
  readonly mark: { readonly moveId: string } | { readonly annotationId: string };
}

/** One conditional write, which answers the record either way. */
async function update(context: DispatchContext, key: DispatchKey, params: Update): Promise<MoveResult> {
  if (params.from.length === 0) return unchanged(context, key);
  const command = updateCommand(key, params);
  try {
    const { Attributes = {} } = await untilUncontended(context.backoff, () => context.dynamodb.send(command));
    return { outcome: 'moved', record: recordOf(Attributes) };
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) throw error;
    return resultOf(context, itemIn(error), params.mark);
  }
}

function updateCommand(key: DispatchKey, { change, from, notCancelled, fence = {} }: Update): UpdateCommand {
  const expression = new Expression();
  const UpdateExpression = expression.update(change);
  const conditions = [
    expression.isOneOf('status', from),
    ...(notCancelled ? [expression.isAbsent('cancelRequestedAt')] : []),
    ...(fence.taskArn === undefined ? [] : [expression.compare('taskArn', '=', fence.taskArn)]),
    ...(fence.attempt === undefined ? [] : [expression.compare('attempt', '=', fence.attempt)]),
  ];
  return new UpdateCommand({
    TableName: TABLES.jobs.name,
    Key: jobKey(key),
    UpdateExpression,
    ConditionExpression: conditions.join(' AND '),
    ReturnValues: 'ALL_NEW',
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    ...expression.attributes(),
  });
}

/** The SDK repeats a write whose answer was lost, and the repeat finds what the first has done. */
function resultOf({ clock }: DispatchContext, item: Item | undefined, mark: Update['mark']): MoveResult {
  if (item === undefined || isExpired(item, clock)) return { outcome: 'missing' };
  return { outcome: isWrittenBy(item, mark) ? 'moved' : 'refused', record: recordOf(item) };
}

async function unchanged(context: DispatchContext, key: DispatchKey): Promise<MoveResult> {
  const record = await readDispatch(context, key);
  return record === undefined ? { outcome: 'missing' } : { outcome: 'refused', record };
}

import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { DispatchStatus } from '@outpost/contracts';
import type { AnnotateParams, DispatchKey, Fence, MoveResult } from '../ports/index.js';
import { untilUncontended } from './contention.js';
import type { DispatchContext, Item } from './dispatch-context.js';
import { isWrittenBy, jobKey, readDispatch, recordOf } from './dispatch-items.js';
import { isExpired } from './expiry.js';
import { Expression, type Change } from './expression.js';
import { TABLES } from './tables.js';
import { itemIn } from './transact.js';

/** The first request to cancel is the one that counts. */
export async function annotateDispatch(
  context: DispatchContext,
  { during, fence, set: { cancelRequestedAt, ...set }, ...key }: AnnotateParams,
): Promise<MoveResult> {
  const annotationId = context.newId();
  return update(context, key, {
    change: { set: { ...set, annotationId }, setOnce: { cancelRequestedAt } },
    during,
    fence,
    annotationId,
  });
}

interface Update {
  readonly change: Change;
  readonly during: readonly DispatchStatus[];
  readonly fence: Fence | undefined;
  /** Written with the change: tells afterwards whether it was this call that wrote. */
  readonly annotationId: string;
}

/** One conditional write, which answers the record either way. */
async function update(context: DispatchContext, key: DispatchKey, params: Update): Promise<MoveResult> {
  if (params.during.length === 0) return unchanged(context, key);
  const command = updateCommand(key, params);
  try {
    const { Attributes = {} } = await untilUncontended(context.backoff, () => context.dynamodb.send(command));
    context.lastWritten.put(key, Attributes);
    return { outcome: 'moved', record: recordOf(Attributes) };
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) throw error;
    return resultOf(context, itemIn(error), params);
  }
}

function updateCommand(key: DispatchKey, { change, during, fence = {} }: Update): UpdateCommand {
  const expression = new Expression();
  const UpdateExpression = expression.update(change);
  const conditions = [
    expression.isOneOf('status', during),
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
function resultOf({ clock }: DispatchContext, item: Item | undefined, { annotationId }: Update): MoveResult {
  if (item === undefined || isExpired(item, clock)) return { outcome: 'missing' };
  return { outcome: isWrittenBy(item, { annotationId }) ? 'moved' : 'refused', record: recordOf(item) };
}

async function unchanged(context: DispatchContext, key: DispatchKey): Promise<MoveResult> {
  const record = await readDispatch(context, key);
  return record === undefined ? { outcome: 'missing' } : { outcome: 'refused', record };
}

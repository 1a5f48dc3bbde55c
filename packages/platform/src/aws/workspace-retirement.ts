import { DeleteCommand } from '@aws-sdk/lib-dynamodb';
import type { RetireResult, WorkspaceKey } from '../ports/index.js';
import { workspaceSlotKey } from './control-keys.js';
import type { DispatchContext } from './dispatch-context.js';
import { Expression } from './expression.js';
import { TABLES } from './tables.js';
import { transact, type Step } from './transact.js';
import { nobodyWaits } from './workspace-line.js';
import { readWorkspace, workspaceKeyOf } from './workspace-items.js';

/** The slot, which every dispatch has to take or to wait for, is closed in the transaction that marks the record. */
export async function retireWorkspace(
  context: Pick<DispatchContext, 'dynamodb' | 'backoff' | 'newId'>,
  { at, ...key }: WorkspaceKey & { readonly at: string },
): Promise<RetireResult> {
  const refusals = await transact(context, { slot: closeSlot(key, at), record: markRecord(key, at) });
  const record = await readWorkspace(context.dynamodb, key);
  if (record === undefined) return { outcome: 'missing' };
  // Marked by an earlier call, or by this one, whose first answer was lost.
  if (record.deletedAt !== undefined) return { outcome: 'retired', record };
  if (refusals === undefined || !refusals.has('slot'))
    throw new Error(`Workspace ${key.workspaceId} was marked, and is not.`);
  return { outcome: 'in_use' };
}

/** With no slot left there would be nothing that says that it was deleted: the caller has waited for long. */
export async function removeWorkspaceSlot(
  { dynamodb }: Pick<DispatchContext, 'dynamodb'>,
  key: WorkspaceKey,
): Promise<void> {
  await dynamodb.send(new DeleteCommand({ TableName: TABLES.control.name, Key: workspaceSlotKey(key) }));
}

function closeSlot(key: WorkspaceKey, at: string): Step {
  const expression = new Expression();
  const UpdateExpression = expression.update({ setOnce: { deletedAt: at } });
  const conditions = [expression.isAbsent('holder'), nobodyWaits(expression)];
  return {
    Update: {
      TableName: TABLES.control.name,
      Key: workspaceSlotKey(key),
      UpdateExpression,
      ConditionExpression: conditions.join(' AND '),
      ...expression.attributes(),
    },
  };
}

function markRecord(key: WorkspaceKey, at: string): Step {
  const expression = new Expression();
  const UpdateExpression = expression.update({ set: { deletedAt: at, expiresAt: at } });
  const conditions = [expression.isPresent('workspaceId'), expression.isAbsent('deletedAt')];
  return {
    Update: {
      TableName: TABLES.workspaces.name,
      Key: workspaceKeyOf(key),
      UpdateExpression,
      ConditionExpression: conditions.join(' AND '),
      ...expression.attributes(),
    },
  };
}

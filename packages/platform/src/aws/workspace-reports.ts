import { UpdateCommand, type DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { StoredArchive, WorkspaceHold, WorkspaceReports } from '../ports/index.js';
import { BACKOFF, untilUncontended } from './contention.js';
import { workspaceSlotKey } from './control-keys.js';
import type { Item } from './dispatch-context.js';
import { isNamed } from './errors.js';
import { Expression, type Change } from './expression.js';
import { TABLES } from './tables.js';
import { useOf } from './workspace-line.js';

type Hold = Omit<WorkspaceHold, 'generation'> & { readonly generation?: number };

/** With the rights of a worker, which may change rows of its tenant in outpost-control, and read none but by that. */
export function createAwsWorkspaceReports({
  dynamodb,
}: {
  readonly dynamodb: DynamoDBDocumentClient;
}): WorkspaceReports {
  return {
    async begin(hold) {
      const slot = await update(dynamodb, hold, { add: { generation: 1 } });
      return slot && useOf(slot);
    },
    async occupy(hold) {
      const { generation: volumeGeneration } = hold;
      return (await update(dynamodb, hold, { set: { volumeGeneration } })) !== undefined;
    },
    async report({ usage, archive, ...hold }) {
      const stored: StoredArchive | undefined = archive && { ...archive, generation: hold.generation };
      return (await update(dynamodb, hold, { set: { usage, archive: stored } })) !== undefined;
    },
  };
}

/** The row after it; undefined when the dispatch does not have the workspace, or in another generation. */
async function update(
  dynamodb: DynamoDBDocumentClient,
  { dispatchId, generation, ...workspace }: Hold,
  change: Change,
): Promise<Item | undefined> {
  const expression = new Expression();
  const UpdateExpression = expression.update(change);
  const conditions = [
    expression.compare('holder', '=', dispatchId),
    ...(generation === undefined ? [] : [expression.compare('generation', '=', generation)]),
  ];
  const command = new UpdateCommand({
    TableName: TABLES.control.name,
    Key: workspaceSlotKey(workspace),
    UpdateExpression,
    ConditionExpression: conditions.join(' AND '),
    ReturnValues: 'ALL_NEW',
    ...expression.attributes(),
  });
  try {
    const { Attributes } = await untilUncontended(BACKOFF, () => dynamodb.send(command));
    return Attributes;
  } catch (error) {
    if (isNamed(error, 'ConditionalCheckFailedException')) return undefined;
    throw error;
  }
}

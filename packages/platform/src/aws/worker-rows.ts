import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { GetCommand, UpdateCommand, type DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { WorkerRecord } from '../ports/index.js';
import { workerKey, type ControlKey } from './control-keys.js';
import type { Item } from './dispatch-context.js';
import { Expression, type Change } from './expression.js';
import { TABLES } from './tables.js';
import { itemIn } from './transact.js';

const TableName = TABLES.control.name;

/** What stands in outpost-control: the record, and by what one assignment is told from any other. */
export interface WorkerRow extends WorkerRecord {
  /** Of the last assignment: never the same twice, also of the same dispatch. */
  readonly assignmentId?: string;
}

export interface WorkerMove {
  readonly workerId: string;
  readonly change: Change;
  /** The condition. */
  readonly when: (expression: Expression) => readonly string[];
}

/** `row`: as it was before the move, or as it stands in its way; undefined when there is none. */
export interface WorkerMoveResult {
  readonly isMoved: boolean;
  readonly row: WorkerRow | undefined;
}

/** One conditional write. */
export async function moveWorker(
  dynamodb: DynamoDBDocumentClient,
  { workerId, change, when }: WorkerMove,
  options: { readonly abortSignal?: AbortSignal } = {},
): Promise<WorkerMoveResult> {
  const expression = new Expression();
  const command = new UpdateCommand({
    TableName,
    Key: workerKey(workerId),
    UpdateExpression: expression.update(change),
    ConditionExpression: when(expression).join(' AND '),
    ReturnValues: 'ALL_OLD',
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    ...expression.attributes(),
  });
  try {
    const { Attributes } = await dynamodb.send(command, options);
    return { isMoved: true, row: Attributes && rowOf(Attributes) };
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) throw error;
    const item = itemIn(error);
    return { isMoved: false, row: item && rowOf(item) };
  }
}

export async function readWorker(
  dynamodb: DynamoDBDocumentClient,
  { workerId, abortSignal }: { readonly workerId: string; readonly abortSignal: AbortSignal },
): Promise<WorkerRow | undefined> {
  const command = new GetCommand({ TableName, Key: workerKey(workerId), ConsistentRead: true });
  const { Item: item } = await dynamodb.send(command, { abortSignal });
  return item && rowOf(item);
}

export function rowOf(item: Item): WorkerRow {
  const { pk: _, sk: workerId, ...rest } = item as Item & ControlKey;
  return { workerId, ...rest } as WorkerRow;
}

export function recordOfRow({ assignmentId: _, ...record }: WorkerRow): WorkerRecord {
  return record;
}

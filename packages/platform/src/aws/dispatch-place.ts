import { GetCommand } from '@aws-sdk/lib-dynamodb';
import type { DispatchRecord } from '@outpost/contracts';
import type { DispatchKey, QueuePlace } from '../ports/index.js';
import { behindPartition, linePartition, linesPartition, workspaceSlotKey } from './control-keys.js';
import type { DispatchContext } from './dispatch-context.js';
import { readDispatch } from './dispatch-items.js';
import { Expression } from './expression.js';
import { queryItems } from './query-pages.js';
import { TABLES } from './tables.js';
import { partition } from './workspace-line.js';

/** Reads no more than `limit` places of its own line and of those behind it, and one row of each other tenant. */
export async function queuePlace(
  context: DispatchContext,
  { limit, ...key }: DispatchKey & { readonly limit: number },
): Promise<QueuePlace | undefined> {
  const record = await readDispatch(context, key);
  if (record?.status !== 'QUEUED') return undefined;
  const [inLine, behind, others] = await Promise.all([
    countBefore(context, { pk: linePartition(record), dispatchId: record.dispatchId, limit }),
    countBefore(context, { pk: behindPartition(record), dispatchId: record.dispatchId, limit }),
    waitingOfOthers(context, record),
  ]);
  return { ahead: Math.min(limit, inLine + behind), others };
}

async function countBefore(
  context: DispatchContext,
  { pk, dispatchId, limit }: { readonly pk: string; readonly dispatchId: string; readonly limit: number },
): Promise<number> {
  const expression = new Expression();
  const keys = [expression.compare('pk', '=', pk), expression.compare('sk', '<', dispatchId)];
  const query = {
    TableName: TABLES.control.name,
    KeyConditionExpression: keys.join(' AND '),
    ConsistentRead: true,
    Limit: limit,
    ...expression.attributes(),
  };
  let count = 0;
  for await (const _ of queryItems(context, query)) {
    count += 1;
    if (count === limit) break;
  }
  return count;
}

async function waitingOfOthers(
  context: DispatchContext,
  { agent, tenantId }: DispatchRecord,
): Promise<readonly number[]> {
  const others: number[] = [];
  for await (const row of queryItems(context, partition(linesPartition(agent)))) {
    const waiting = row['waiting'] as number;
    if (row['sk'] !== tenantId && waiting > 0) others.push(waiting);
  }
  return others;
}

/** Of a persistent workspace. An ephemeral one lies with its task, and goes with it. */
export async function isWorkspaceInUse(
  { dynamodb }: DispatchContext,
  workspace: { readonly tenantId: string; readonly workspaceId: string },
): Promise<boolean> {
  const Key = workspaceSlotKey(workspace);
  const command = new GetCommand({ TableName: TABLES.control.name, Key, ConsistentRead: true });
  const { Item: slot } = await dynamodb.send(command);
  return slot?.['holder'] !== undefined || ((slot?.['waiting'] as number | undefined) ?? 0) > 0;
}

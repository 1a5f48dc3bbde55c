import type { DispatchRecord } from '@outpost/contracts';
import type { DispatchKey, QueuePlace } from '../ports/index.js';
import { behindPartition, linePartition, linesPartition } from './control-keys.js';
import { partition } from './control-partition.js';
import type { DispatchContext } from './dispatch-context.js';
import { readDispatch } from './dispatch-items.js';
import { queryItems } from './query-pages.js';
import { readWorkspaceSlot } from './workspace-line.js';

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
  const query = { ...partition(pk, { before: dispatchId }), Limit: limit };
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
  context: DispatchContext,
  workspace: { readonly tenantId: string; readonly workspaceId: string },
): Promise<boolean> {
  const { heldBy, waiting } = await readWorkspaceSlot(context, workspace);
  return heldBy !== undefined || waiting > 0;
}

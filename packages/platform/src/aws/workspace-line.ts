import { GetCommand } from '@aws-sdk/lib-dynamodb';
import type { AgentName, DispatchSpec, WorkspaceUsage } from '@outpost/contracts';
import type { StoredArchive, WorkspaceUse } from '../ports/index.js';
import { workspacePartition, workspaceSlotKey, waiterIdOf, type ControlKey } from './control-keys.js';
import type { DispatchContext, Item } from './dispatch-context.js';
import { Expression, type Change } from './expression.js';
import { partition } from './control-partition.js';
import { queryItems } from './query-pages.js';
import { TABLES } from './tables.js';
import type { Step } from './transact.js';

export type Claimant = Pick<
  DispatchSpec,
  'tenantId' | 'dispatchId' | 'agent' | 'workspaceMode' | 'workspaceId'
>;

/** Who waits for a persistent workspace, as a waiter that is about to leave finds it. */
export interface WorkspaceLine {
  /** The one that stands in the line of its agent. */
  readonly firstId: string | undefined;
  /** Who takes its place there when it leaves. */
  readonly next: Pick<Claimant, 'dispatchId' | 'agent'> | undefined;
}

/** An ephemeral workspace is made for its dispatch alone: it needs no slot. */
export function isShared({ workspaceMode }: Pick<DispatchSpec, 'workspaceMode'>): boolean {
  return workspaceMode === 'persistent';
}

/** The row of a persistent workspace's slot: who has it, how many wait, and what is known of its use. */
export async function readWorkspaceSlot(
  { dynamodb }: Pick<DispatchContext, 'dynamodb'>,
  workspace: Parameters<typeof workspaceSlotKey>[0],
): Promise<WorkspaceUse> {
  const Key = workspaceSlotKey(workspace);
  const command = new GetCommand({ TableName: TABLES.control.name, Key, ConsistentRead: true });
  const { Item: slot = {} } = await dynamodb.send(command);
  return useOf(slot);
}

/** By the row of its slot. */
export function useOf(slot: Item): WorkspaceUse {
  return {
    heldBy: slot['holder'] as string | undefined,
    waiting: (slot['waiting'] as number | undefined) ?? 0,
    lastDispatchId: slot['lastDispatchId'] as string | undefined,
    usage: slot['usage'] as WorkspaceUsage | undefined,
    archive: slot['archive'] as StoredArchive | undefined,
    generation: (slot['generation'] as number | undefined) ?? 0,
    volumeGeneration: (slot['volumeGeneration'] as number | undefined) ?? 0,
  };
}

/** Undefined where nobody else can wait. */
export async function readWorkspaceLine(
  context: DispatchContext,
  waiter: Claimant,
): Promise<WorkspaceLine | undefined> {
  if (!isShared(waiter)) return undefined;
  let firstId: string | undefined;
  // The slot comes first, then who waits, oldest first.
  for await (const row of queryItems(context, { ...partition(workspacePartition(waiter)), Limit: 3 })) {
    const dispatchId = waiterIdOf(row as Item & ControlKey);
    if (dispatchId === undefined) firstId = row['first'] as string | undefined;
    else if (dispatchId !== waiter.dispatchId)
      return { firstId, next: { dispatchId, agent: row['agent'] as AgentName } };
  }
  return { firstId, next: undefined };
}

type Slot = { readonly workspaceSlot?: Step };

/** The one slot of a persistent workspace is taken by a newcomer, who must not pass those that wait. */
export function takeWorkspace(claimant: Claimant): Slot {
  const { dispatchId } = claimant;
  return changeSlot(claimant, { set: { holder: dispatchId, lastDispatchId: dispatchId } }, (slot) => [
    slot.isAbsent('holder'),
    nobodyWaits(slot),
    slot.isAbsent('deletedAt'),
  ]);
}

/** The row stays when nobody holds it or waits: whether it may go cannot be told in the same write. */
export function freeWorkspace(claimant: Claimant): Slot {
  return changeSlot(claimant, { remove: ['holder'] }, () => []);
}

/** Refused when it is not as `place` says: somebody stands in the line for the workspace, or nobody does. */
export function waitForWorkspace(claimant: Claimant, place: 'first' | 'behind'): Slot {
  const { dispatchId } = claimant;
  const set = { lastDispatchId: dispatchId, ...(place === 'first' && { first: dispatchId }) };
  return changeSlot(claimant, { set, add: { waiting: 1 } }, (slot) => [
    place === 'first' ? slot.isAbsent('first') : slot.isPresent('first'),
    slot.isAbsent('deletedAt'),
  ]);
}

/** By the row of its slot, as a refusal shows it. */
export function isWorkspaceDeleted(slot: Item | undefined): boolean {
  return slot?.['deletedAt'] !== undefined;
}

/** It waits no longer, and holds the workspace when it was admitted. Refused when the line is not as it was read. */
export function leaveWorkspaceLine(
  claimant: Claimant,
  { firstId, next }: WorkspaceLine,
  { isAdmitted }: { readonly isAdmitted: boolean },
): Slot {
  const { dispatchId } = claimant;
  const isFirst = firstId === dispatchId;
  const set = {
    ...(isAdmitted && { holder: dispatchId }),
    ...(isFirst && next !== undefined && { first: next.dispatchId }),
  };
  const remove = isFirst && next === undefined ? ['first'] : [];
  return changeSlot(claimant, { set, remove, add: { waiting: -1 } }, (slot) => [
    ...(isAdmitted ? [slot.isAbsent('holder')] : []),
    ...(isFirst ? [slot.compare('first', '=', dispatchId)] : []),
    // One that has joined since would wait behind nobody.
    ...(isFirst && next === undefined ? [slot.compare('waiting', '=', 1)] : []),
  ]);
}

/** Holds for the slot of a workspace, and for a line. */
export function nobodyWaits(expression: Expression): string {
  return `(${expression.isAbsent('waiting')} OR ${expression.compare('waiting', '=', 0)})`;
}

function changeSlot(
  claimant: Claimant,
  change: Change,
  conditionsOf: (slot: Expression) => readonly string[],
): Slot {
  if (!isShared(claimant)) return {};
  const expression = new Expression();
  const UpdateExpression = expression.update(change);
  const conditions = conditionsOf(expression);
  const Update = {
    TableName: TABLES.control.name,
    Key: workspaceSlotKey(claimant),
    UpdateExpression,
    ...(conditions.length > 0 && {
      ConditionExpression: conditions.join(' AND '),
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD' as const,
    }),
    ...expression.attributes(),
  };
  return { workspaceSlot: { Update } };
}

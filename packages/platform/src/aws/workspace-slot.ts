import type { DispatchSpec } from '@outpost/contracts';
import { workspaceSlotKey } from './control-keys.js';
import { Expression, type Change } from './expression.js';
import { TABLES } from './tables.js';
import type { Step } from './transact.js';

type Claimant = Pick<DispatchSpec, 'tenantId' | 'dispatchId' | 'workspaceMode' | 'workspaceId'>;

/**
 * What happens to the one slot of a persistent workspace. `take`: a newcomer, who must not pass those that wait;
 * `admit`: one that waited; `free`; `wait`; `leave`: waits no longer.
 */
export type WorkspaceEvent = 'take' | 'admit' | 'free' | 'wait' | 'leave';

/** An ephemeral workspace is made for its dispatch alone: it needs no slot. */
export function isShared({ workspaceMode }: Pick<DispatchSpec, 'workspaceMode'>): boolean {
  return workspaceMode === 'persistent';
}

/** The row stays when nobody holds it or waits: whether it may go cannot be told in the same write. */
export function workspaceSlot(event: WorkspaceEvent, claimant: Claimant): { readonly workspaceSlot?: Step } {
  if (!isShared(claimant)) return {};
  const expression = new Expression();
  const UpdateExpression = expression.update(changeOf(event, claimant.dispatchId));
  const ConditionExpression = conditionOf(event, expression);
  const Update = {
    TableName: TABLES.control.name,
    Key: workspaceSlotKey(claimant),
    UpdateExpression,
    ...(ConditionExpression !== undefined && { ConditionExpression }),
    ...expression.attributes(),
  };
  return { workspaceSlot: { Update } };
}

function changeOf(event: WorkspaceEvent, holder: string): Change {
  switch (event) {
    case 'take':
      return { set: { holder } };
    case 'admit':
      return { set: { holder }, add: { waiting: -1 } };
    case 'free':
      return { remove: ['holder'] };
    case 'wait':
      return { add: { waiting: 1 } };
    case 'leave':
      return { add: { waiting: -1 } };
  }
}

function conditionOf(event: WorkspaceEvent, expression: Expression): string | undefined {
  if (event !== 'take' && event !== 'admit') return undefined;
  const isFree = expression.isAbsent('holder');
  return event === 'admit' ? isFree : `${isFree} AND ${nobodyWaits(expression)}`;
}

/** Holds for the slot of a workspace, and for a line. */
export function nobodyWaits(expression: Expression): string {
  return `(${expression.isAbsent('waiting')} OR ${expression.compare('waiting', '=', 0)})`;
}

import { AGENT_NAMES, type AgentName } from '@outpost/contracts';
import { readControlRows } from './batch-read.js';
import {
  behindKey,
  lineKey,
  linesPartition,
  placeKey,
  workspaceWaiterKey,
  type ControlKey,
} from './control-keys.js';
import type { DispatchContext } from './dispatch-context.js';
import { addToCounters } from './dispatch-slots.js';
import { Expression } from './expression.js';
import { TABLES } from './tables.js';
import type { Step } from './transact.js';
import {
  isShared,
  leaveWorkspaceLine,
  nobodyWaits,
  waitForWorkspace,
  type Claimant,
  type WorkspaceLine,
} from './workspace-line.js';

type Steps = Readonly<Record<string, Step>>;

const TableName = TABLES.control.name;

/** A newcomer who passed those that wait would turn the order round. */
export function emptyLine(waiter: Claimant): Steps {
  const expression = new Expression();
  const ConditionExpression = nobodyWaits(expression);
  const check = { TableName, Key: lineKey(waiter), ConditionExpression, ...expression.attributes() };
  return { line: { ConditionCheck: check } };
}

/** `behind`: another stands in the line for the same workspace. */
export function joinLine(waiter: Claimant, place: 'first' | 'behind'): Steps {
  const { agent } = waiter;
  return {
    line: addToCounters(lineKey(waiter), { waiting: 1 }),
    place: place === 'first' ? putPlace(waiter) : put(behindKey(waiter)),
    ...(isShared(waiter) && { workspaceWaiter: put(workspaceWaiterKey(waiter), { agent }) }),
    ...waitForWorkspace(waiter, place),
  };
}

/** The next one that waits for the same workspace comes into the line. Refused when these are not as they were read. */
export function leaveLine(
  waiter: Claimant,
  workspaceLine: WorkspaceLine | undefined,
  admission: { readonly isAdmitted: boolean },
): Steps {
  const line = addToCounters(lineKey(waiter), { waiting: -1 });
  if (workspaceLine === undefined) return { line, place: remove(placeKey(waiter)) };
  const isFirst = workspaceLine.firstId === waiter.dispatchId;
  const next = isFirst && workspaceLine.next ? { ...waiter, ...workspaceLine.next } : undefined;
  return {
    line,
    place: isFirst ? remove(placeKey(waiter)) : removeExisting(behindKey(waiter)),
    workspaceWaiter: remove(workspaceWaiterKey(waiter)),
    ...(next !== undefined && { nextBehind: removeExisting(behindKey(next)), nextPlace: putPlace(next) }),
    ...leaveWorkspaceLine(waiter, workspaceLine, admission),
  };
}

function putPlace(waiter: Claimant): Step {
  const { workspaceId } = waiter;
  return put(placeKey(waiter), isShared(waiter) ? { workspaceId } : {});
}

function put(key: ControlKey, rest: object = {}): Step {
  return { Put: { TableName, Item: { ...key, ...rest } } };
}

function remove(Key: ControlKey): Step {
  return { Delete: { TableName, Key } };
}

function removeExisting(Key: ControlKey): Step {
  const expression = new Expression();
  const ConditionExpression = expression.isPresent('pk');
  return { Delete: { TableName, Key, ConditionExpression, ...expression.attributes() } };
}

export async function countQueued(
  context: DispatchContext,
  tenantId: string,
): Promise<Partial<Record<AgentName, number>>> {
  const rows = await readControlRows(
    context,
    AGENT_NAMES.map((agent) => lineKey({ agent, tenantId })),
  );
  const waiting = new Map(rows.map((row) => [row.pk, row['waiting'] as number]));
  return Object.fromEntries(
    AGENT_NAMES.map((agent) => [agent, waiting.get(linesPartition(agent)) ?? 0] as const).filter(
      ([, count]) => count > 0,
    ),
  );
}

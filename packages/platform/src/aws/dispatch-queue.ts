import { AGENT_NAMES, type AgentName, type DispatchSpec } from '@outpost/contracts';
import { readControlRows } from './batch-read.js';
import { lineKey, linesPartition, placeKey, workspaceWaiterKey, type ControlKey } from './control-keys.js';
import type { DispatchContext } from './dispatch-context.js';
import { addToCounter } from './dispatch-slots.js';
import { Expression } from './expression.js';
import { TABLES } from './tables.js';
import type { Step } from './transact.js';
import { isShared, nobodyWaits } from './workspace-slot.js';

type Waiter = Pick<DispatchSpec, 'tenantId' | 'dispatchId' | 'agent' | 'workspaceMode' | 'workspaceId'>;

const TableName = TABLES.control.name;

/** A newcomer who passed those that wait would turn the order round. */
export function emptyLine(waiter: Waiter): Readonly<Record<string, Step>> {
  const expression = new Expression();
  const ConditionExpression = nobodyWaits(expression);
  const check = { TableName, Key: lineKey(waiter), ConditionExpression, ...expression.attributes() };
  return { line: { ConditionCheck: check } };
}

/** Beside the slot of the workspace, which counts who waits for it. */
export function joinLine(waiter: Waiter): Readonly<Record<string, Step>> {
  const put = (key: ControlKey, rest: object = {}): Step => ({
    Put: { TableName, Item: { ...key, ...rest } },
  });
  const { workspaceId } = waiter;
  return {
    line: addToCounter(lineKey(waiter), 'waiting', 1),
    place: put(placeKey(waiter), isShared(waiter) ? { workspaceId } : {}),
    ...(isShared(waiter) && { workspacePlace: put(workspaceWaiterKey(waiter)) }),
  };
}

export function leaveLine(waiter: Waiter): Readonly<Record<string, Step>> {
  const remove = (Key: ControlKey): Step => ({ Delete: { TableName, Key } });
  return {
    line: addToCounter(lineKey(waiter), 'waiting', -1),
    place: remove(placeKey(waiter)),
    ...(isShared(waiter) && { workspacePlace: remove(workspaceWaiterKey(waiter)) }),
  };
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

import { AGENT_NAMES, type AgentName, type DispatchSpec } from '@outpost/contracts';
import type { CapacityLimits, SlotUsage } from '../ports/index.js';
import { readControlRows } from './batch-read.js';
import { agentSlotsKey, tenantSlotsKey, type ControlKey } from './control-keys.js';
import type { DispatchContext } from './dispatch-context.js';
import { Expression, type Change } from './expression.js';
import { TABLES } from './tables.js';
import type { Step } from './transact.js';

type Slots = Pick<DispatchSpec, 'tenantId' | 'agent'>;

/**
 * Slots are counters that change only with the status that holds them: none can leak, none can be given out twice. `at`:
 * ISO 8601, when they are taken.
 */
export function takeSlots(
  { agent, tenantId }: Slots,
  { limits, at }: { readonly limits: CapacityLimits; readonly at: string },
): Readonly<Record<string, Step>> {
  return {
    agentSlots: takeSlot(agentSlotsKey(agent), { limit: limits.perAgent }),
    tenantSlots: takeSlot(tenantSlotsKey(tenantId), { limit: limits.perTenant, set: { lastStartAt: at } }),
  };
}

export function freeSlots({ agent, tenantId }: Slots): Readonly<Record<string, Step>> {
  return {
    agentSlots: addToCounter(agentSlotsKey(agent), 'held', -1),
    tenantSlots: addToCounter(tenantSlotsKey(tenantId), 'held', -1),
  };
}

export function addToCounter(key: ControlKey, attribute: 'held' | 'waiting', by: 1 | -1): Step {
  const expression = new Expression();
  return {
    Update: {
      TableName: TABLES.control.name,
      Key: key,
      UpdateExpression: expression.update({ add: { [attribute]: by } }),
      ...expression.attributes(),
    },
  };
}

function takeSlot(
  key: ControlKey,
  { limit, set }: { readonly limit: number; readonly set?: Change['set'] },
): Step {
  const expression = new Expression();
  const hasRoom = expression.compare('held', '<', limit);
  // A counter that is not there yet counts zero, which is no room where the limit is zero.
  const condition = limit > 0 ? `${expression.isAbsent('held')} OR ${hasRoom}` : hasRoom;
  return {
    Update: {
      TableName: TABLES.control.name,
      Key: key,
      UpdateExpression: expression.update({ ...(set !== undefined && { set }), add: { held: 1 } }),
      ConditionExpression: condition,
      ...expression.attributes(),
    },
  };
}

export async function slotUsage(context: DispatchContext, asked: readonly string[]): Promise<SlotUsage> {
  const tenantIds = [...new Set(asked)];
  const rows = await readControlRows(context, [
    ...AGENT_NAMES.map(agentSlotsKey),
    ...tenantIds.map(tenantSlotsKey),
  ]);
  const byPartition = new Map(rows.map((row) => [row.pk, row]));
  const valuesOf = <Name extends string, Value>(
    names: readonly Name[],
    keyOf: (name: Name) => ControlKey,
    attribute: 'held' | 'lastStartAt',
  ) =>
    Object.fromEntries(
      names
        .map((name) => [name, byPartition.get(keyOf(name).pk)?.[attribute] as Value | undefined] as const)
        .filter((entry): entry is [Name, Value] => entry[1] !== undefined && entry[1] !== 0),
    );
  return {
    byAgent: valuesOf<AgentName, number>(AGENT_NAMES, agentSlotsKey, 'held'),
    byTenant: valuesOf<string, number>(tenantIds, tenantSlotsKey, 'held'),
    lastStartAt: valuesOf<string, string>(tenantIds, tenantSlotsKey, 'lastStartAt'),
  };
}

import { GetCommand } from '@aws-sdk/lib-dynamodb';
import { AGENT_NAMES, type AgentName, type DispatchSpec, type Outcome } from '@outpost/contracts';
import { monthOf } from '../paging/month.js';
import type { CapacityLimits, SlotUsage, Spending } from '../ports/index.js';
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

/** With what the dispatch came to, which is kept beside the slots of its tenant: so an end costs no further write. */
export function freeSlots({ agent, tenantId }: Slots, outcome: Outcome): Readonly<Record<string, Step>> {
  const { dispatches, costUsd } = spendingFields(monthOf(outcome.completedAt));
  const spent = { [dispatches]: 1, [costUsd]: outcome.cost?.total ?? 0 };
  return {
    agentSlots: addToCounters(agentSlotsKey(agent), { held: -1 }),
    tenantSlots: addToCounters(tenantSlotsKey(tenantId), { held: -1, ...spent }),
  };
}

export async function readSpending(
  { dynamodb }: DispatchContext,
  { tenantId, month }: { readonly tenantId: string; readonly month: string },
): Promise<Spending> {
  const Key = tenantSlotsKey(tenantId);
  const { Item: row } = await dynamodb.send(
    new GetCommand({ TableName: TABLES.control.name, Key, ConsistentRead: true }),
  );
  const { dispatches, costUsd } = spendingFields(month);
  return {
    dispatches: (row?.[dispatches] as number | undefined) ?? 0,
    costUsd: (row?.[costUsd] as number | undefined) ?? 0,
  };
}

function spendingFields(month: string): { readonly dispatches: string; readonly costUsd: string } {
  const suffix = month.replace('-', '_');
  return { dispatches: `dispatches_${suffix}`, costUsd: `costUsd_${suffix}` };
}

export function addToCounters(key: ControlKey, add: Readonly<Record<string, number>>): Step {
  const expression = new Expression();
  return {
    Update: {
      TableName: TABLES.control.name,
      Key: key,
      UpdateExpression: expression.update({ add }),
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

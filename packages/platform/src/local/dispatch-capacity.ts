import { AGENT_NAMES, SLOT_HOLDING, type AgentName, type DispatchSpec } from '@outpost/contracts';
import type { CapacityLimits, QueueHead, SlotUsage } from '../ports/index.js';
import type { Database } from './database.js';

type Slots = Pick<DispatchSpec, 'tenantId' | 'agent' | 'workspaceId'>;

interface Count {
  readonly count: number;
}

const HOLDING = `status IN (${SLOT_HOLDING.map((status) => `'${status}'`).join(', ')})`;

/** Whether a slot of the agent, of the tenant and of the workspace is free. To be asked inside the transaction that takes them. */
export function hasRoom(database: Database, slots: Slots, limits: CapacityLimits): boolean {
  const { tenantId, agent, workspaceId } = slots;
  const count = (condition: string, ...values: string[]): number =>
    database.one<Count>(
      `SELECT count(*) AS count FROM dispatches WHERE ${HOLDING} AND ${condition}`,
      ...values,
    )?.count ?? 0;
  return (
    count('agent = ?', agent) < limits.perAgent &&
    count('tenantId = ?', tenantId) < limits.perTenant &&
    count('tenantId = ? AND workspaceId = ?', tenantId, workspaceId) === 0
  );
}

/** Whether somebody stands in the same line already: a newcomer who passed would turn the order round. */
export function isSomebodyWaiting(database: Database, slots: Slots): boolean {
  const { tenantId, agent, workspaceId } = slots;
  const waits = (condition: string, value: string): boolean => {
    const sql = `SELECT 1 FROM dispatches WHERE status = 'QUEUED' AND tenantId = ? AND ${condition} LIMIT 1`;
    return database.one(sql, tenantId, value) !== undefined;
  };
  return waits('agent = ?', agent) || waits('workspaceId = ?', workspaceId);
}

/**
 * The oldest of each tenant and agent that could go if the limits let it: no one holds its workspace, and no one has
 * waited for that workspace longer. Answered from indexes alone.
 */
export function queueHeads(database: Database): readonly QueueHead[] {
  const rows = database.all<QueueHead>(
    `SELECT tenantId, min(dispatchId) AS dispatchId, agent FROM dispatches AS waiting
     WHERE status = 'QUEUED' AND NOT EXISTS (
       SELECT 1 FROM dispatches AS other
       WHERE other.tenantId = waiting.tenantId AND other.workspaceId = waiting.workspaceId
         AND (other.${HOLDING} OR (other.status = 'QUEUED' AND other.dispatchId < waiting.dispatchId)))
     GROUP BY agent, tenantId
     ORDER BY min(dispatchId)`,
  );
  return rows.map(({ tenantId, dispatchId, agent }) => ({ tenantId, dispatchId, agent }));
}

export function slotUsage(database: Database, tenantIds: readonly string[]): SlotUsage {
  const rows = database.all<Count & { agent: AgentName; tenantId: string }>(
    `SELECT agent, tenantId, count(*) AS count FROM dispatches WHERE ${HOLDING} GROUP BY agent, tenantId`,
  );
  const asked = new Set(tenantIds);
  const byTenant = new Map<string, number>();
  const byAgent = new Map<AgentName, number>();
  for (const { agent, tenantId, count } of rows) {
    byAgent.set(agent, (byAgent.get(agent) ?? 0) + count);
    if (asked.has(tenantId)) byTenant.set(tenantId, (byTenant.get(tenantId) ?? 0) + count);
  }
  return { byAgent: Object.fromEntries(byAgent), byTenant: Object.fromEntries(byTenant) };
}

export function countQueued(database: Database, tenantId: string): Partial<Record<AgentName, number>> {
  const rows = database.all<Count & { agent: string }>(
    "SELECT agent, count(*) AS count FROM dispatches WHERE tenantId = ? AND status = 'QUEUED' GROUP BY agent",
    tenantId,
  );
  const counts = new Map(rows.map(({ agent, count }) => [agent, count]));
  return Object.fromEntries(
    AGENT_NAMES.filter((agent) => counts.has(agent)).map((agent) => [agent, counts.get(agent)]),
  );
}

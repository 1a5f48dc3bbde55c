import { SLOT_HOLDING, type AgentName, type DispatchSpec } from '@outpost/contracts';
import type { CapacityLimits, SlotUsage } from '../ports/index.js';
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
  const line = 'SELECT 1 FROM queue_lines WHERE agent = ? AND tenantId = ?';
  const workspace =
    "SELECT 1 FROM dispatches WHERE tenantId = ? AND workspaceId = ? AND status = 'QUEUED' LIMIT 1";
  return (
    database.one(line, agent, tenantId) !== undefined ||
    database.one(workspace, tenantId, workspaceId) !== undefined
  );
}

/** Runs in the transaction that gives a dispatch of the tenant its slots. */
export function noteStart(database: Database, tenantId: string, at: string): void {
  database.run('INSERT OR REPLACE INTO tenant_starts (tenantId, lastStartAt) VALUES (?, ?)', tenantId, at);
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
  return {
    byAgent: Object.fromEntries(byAgent),
    byTenant: Object.fromEntries(byTenant),
    lastStartAt: lastStarts(database, [...asked]),
  };
}

function lastStarts(database: Database, tenantIds: readonly string[]): Readonly<Record<string, string>> {
  const rows = database.all<{ tenantId: string; lastStartAt: string }>(
    'SELECT tenantId, lastStartAt FROM tenant_starts WHERE tenantId IN (SELECT value FROM json_each(?))',
    JSON.stringify(tenantIds),
  );
  return Object.fromEntries(rows.map(({ tenantId, lastStartAt }) => [tenantId, lastStartAt]));
}

/** Whether one that has not ended works in the workspace, or is going to. */
export function isWorkspaceInUse(
  database: Database,
  { tenantId, workspaceId }: Pick<Slots, 'tenantId' | 'workspaceId'>,
): boolean {
  const sql = `SELECT 1 FROM dispatches
    WHERE tenantId = ? AND workspaceId = ? AND status IN ('QUEUED', 'PENDING', 'RUNNING') LIMIT 1`;
  return database.one(sql, tenantId, workspaceId) !== undefined;
}

import { AGENT_NAMES, SLOT_HOLDING, type AgentName, type DispatchRecord } from '@outpost/contracts';
import type { DispatchKey, QueueHead, QueuePlace } from '../ports/index.js';
import type { Database } from './database.js';

type Waiting = Pick<DispatchRecord, 'tenantId' | 'agent' | 'workspaceId'>;

interface Line {
  readonly agent: AgentName;
  readonly tenantId: string;
  readonly waiting: number;
}

/** Runs in the transaction that wrote the dispatch as QUEUED. */
export function enterQueue(database: Database, dispatch: Waiting): void {
  database.run(
    `INSERT INTO queue_lines (agent, tenantId, waiting) VALUES (?, ?, 1)
     ON CONFLICT DO UPDATE SET waiting = waiting + 1`,
    dispatch.agent,
    dispatch.tenantId,
  );
  lineUpFirstOf(database, dispatch);
}

/** Runs in the transaction that wrote the dispatch as no longer QUEUED, and took its mark. */
export function leaveQueue(database: Database, dispatch: Waiting): void {
  const { agent, tenantId } = dispatch;
  database.run(
    'UPDATE queue_lines SET waiting = waiting - 1 WHERE agent = ? AND tenantId = ?',
    agent,
    tenantId,
  );
  database.run('DELETE FROM queue_lines WHERE agent = ? AND tenantId = ? AND waiting = 0', agent, tenantId);
  lineUpFirstOf(database, dispatch);
}

/** Gives the first that waits for the workspace its place in the line, unless one has it already. */
function lineUpFirstOf(database: Database, { tenantId, workspaceId }: Waiting): void {
  const isLinedUp = 'SELECT 1 FROM dispatches WHERE tenantId = ? AND workspaceId = ? AND isInLine = 1';
  if (database.one(isLinedUp, tenantId, workspaceId) !== undefined) return;
  database.run(
    `UPDATE dispatches SET isInLine = 1 WHERE tenantId = ? AND dispatchId = (
       SELECT min(dispatchId) FROM dispatches WHERE tenantId = ? AND workspaceId = ? AND status = 'QUEUED')`,
    tenantId,
    tenantId,
    workspaceId,
  );
}

/** `INDEXED BY`: an index that could not be used is a fault that is seen, not an answer that comes late. */
const QUEUE_HEADS = `
  SELECT head.tenantId, head.dispatchId, head.agent
  FROM queue_lines AS line CROSS JOIN dispatches AS head INDEXED BY dispatches_in_line
    ON head.isInLine = 1 AND head.agent = line.agent AND head.tenantId = line.tenantId
      AND head.dispatchId IN (
        SELECT first.dispatchId FROM dispatches AS first INDEXED BY dispatches_in_line
        WHERE first.isInLine = 1 AND first.agent = line.agent AND first.tenantId = line.tenantId
          AND NOT EXISTS (
            SELECT 1 FROM dispatches AS holder
            WHERE holder.tenantId = first.tenantId AND holder.workspaceId = first.workspaceId
              AND holder.status IN (${SLOT_HOLDING.map((status) => `'${status}'`).join(', ')}))
        ORDER BY first.dispatchId LIMIT ?)
  ORDER BY head.dispatchId`;

/** A line has at most one place per workspace that its tenant holds, so little is passed over. */
export function queueHeads(database: Database, perLine: number): readonly QueueHead[] {
  return database
    .all<QueueHead>(QUEUE_HEADS, perLine)
    .map(({ tenantId, dispatchId, agent }) => ({ tenantId, dispatchId, agent }));
}

/** Where the dispatch, which is queued for `agent`, stands. */
export function queuePlace(
  database: Database,
  { tenantId, dispatchId, agent, limit }: DispatchKey & { readonly agent: AgentName; readonly limit: number },
): QueuePlace {
  const before = database.one<{ ahead: number }>(
    `SELECT count(*) AS ahead FROM (
       SELECT 1 FROM dispatches
       WHERE status = 'QUEUED' AND agent = ? AND tenantId = ? AND dispatchId < ? LIMIT ?)`,
    agent,
    tenantId,
    dispatchId,
    limit,
  );
  const others = database.all<Line>(
    'SELECT waiting FROM queue_lines WHERE agent = ? AND tenantId <> ?',
    agent,
    tenantId,
  );
  return { ahead: before?.ahead ?? 0, others: others.map(({ waiting }) => waiting) };
}

export function countQueued(database: Database, tenantId: string): Partial<Record<AgentName, number>> {
  const lines = database.all<Line>('SELECT agent, waiting FROM queue_lines WHERE tenantId = ?', tenantId);
  const counts = new Map(lines.map(({ agent, waiting }) => [agent, waiting]));
  return Object.fromEntries(
    AGENT_NAMES.filter((agent) => counts.has(agent)).map((agent) => [agent, counts.get(agent)]),
  );
}

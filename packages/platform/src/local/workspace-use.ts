import {
  SLOT_HOLDING,
  type DispatchSpec,
  type DispatchStatus,
  type WorkspaceUsage,
} from '@outpost/contracts';
import type { WorkspaceKey, WorkspaceReports, WorkspaceUse } from '../ports/index.js';
import type { Database } from './database.js';

interface UsageRow {
  readonly usage: string | null;
}

interface DispatchRow {
  readonly dispatchId: string;
  readonly status: DispatchStatus;
}

const ROW = 'FROM workspaces WHERE tenantId = ? AND workspaceId = ?';

/** To be asked inside the transaction that makes the dispatch. */
export function isWorkspaceDeleted(
  database: Database,
  { tenantId, workspaceId, workspaceMode }: Pick<DispatchSpec, 'tenantId' | 'workspaceId' | 'workspaceMode'>,
): boolean {
  if (workspaceMode !== 'persistent') return false;
  return database.one(`SELECT 1 ${ROW} AND isDeleted = 1`, tenantId, workspaceId) !== undefined;
}

export function readWorkspaceUse(database: Database, { tenantId, workspaceId }: WorkspaceKey): WorkspaceUse {
  const dispatches = database.all<DispatchRow>(
    'SELECT dispatchId, status FROM dispatches WHERE tenantId = ? AND workspaceId = ? ORDER BY dispatchId DESC',
    tenantId,
    workspaceId,
  );
  const row = database.one<UsageRow>(`SELECT usage ${ROW}`, tenantId, workspaceId);
  const usage = row?.usage ?? undefined;
  return {
    heldBy: dispatches.find(({ status }) => holdsSlots(status))?.dispatchId,
    waiting: dispatches.filter(({ status }) => status === 'QUEUED').length,
    lastDispatchId: dispatches[0]?.dispatchId,
    usage: usage === undefined ? undefined : (JSON.parse(usage) as WorkspaceUsage),
  };
}

function holdsSlots(status: DispatchStatus): boolean {
  return (SLOT_HOLDING as readonly DispatchStatus[]).includes(status);
}

export function createLocalWorkspaceReports({ database }: { readonly database: Database }): WorkspaceReports {
  return {
    report: async ({ tenantId, workspaceId, dispatchId, usage }) =>
      database.run(
        `UPDATE workspaces SET usage = ? WHERE tenantId = ? AND workspaceId = ? AND EXISTS (
           SELECT 1 FROM dispatches WHERE dispatches.tenantId = workspaces.tenantId
             AND dispatches.workspaceId = workspaces.workspaceId AND dispatchId = ? AND status = 'RUNNING')`,
        JSON.stringify(usage),
        tenantId,
        workspaceId,
        dispatchId,
      ) === 1,
  };
}

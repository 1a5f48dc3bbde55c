import {
  SLOT_HOLDING,
  type DispatchSpec,
  type DispatchStatus,
  type WorkspaceUsage,
} from '@outpost/contracts';
import type {
  StoredArchive,
  WorkspaceHold,
  WorkspaceKey,
  WorkspaceReports,
  WorkspaceUse,
} from '../ports/index.js';
import type { Database } from './database.js';

interface StateRow {
  readonly usage: string | null;
  readonly archive: string | null;
  readonly generation: number;
  readonly volumeGeneration: number;
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
  return {
    heldBy: dispatches.find(({ status }) => holdsSlots(status))?.dispatchId,
    waiting: dispatches.filter(({ status }) => status === 'QUEUED').length,
    lastDispatchId: dispatches[0]?.dispatchId,
    ...readState(database, { tenantId, workspaceId }),
  };
}

function readState(database: Database, { tenantId, workspaceId }: WorkspaceKey) {
  const sql = `SELECT usage, archive, generation, volumeGeneration ${ROW}`;
  const row = database.one<StateRow>(sql, tenantId, workspaceId);
  return {
    usage: parsed<WorkspaceUsage>(row?.usage),
    archive: parsed<StoredArchive>(row?.archive),
    generation: row?.generation ?? 0,
    volumeGeneration: row?.volumeGeneration ?? 0,
  };
}

function parsed<T>(text: string | null | undefined): T | undefined {
  return text === null || text === undefined ? undefined : (JSON.parse(text) as T);
}

function holdsSlots(status: DispatchStatus): boolean {
  return (SLOT_HOLDING as readonly DispatchStatus[]).includes(status);
}

export function createLocalWorkspaceReports({ database }: { readonly database: Database }): WorkspaceReports {
  return {
    begin: async (params) =>
      database.transaction(() =>
        update(database, params, 'generation = generation + 1') ? readState(database, params) : undefined,
      ),
    occupy: async (hold) => update(database, hold, 'volumeGeneration = generation'),
    async report({ usage, archive, ...hold }) {
      if (archive === undefined) return update(database, hold, 'usage = ?', JSON.stringify(usage));
      const stored: StoredArchive = { ...archive, generation: hold.generation };
      const [text, archiveText] = [usage, stored].map((each) => JSON.stringify(each)) as [string, string];
      return update(database, hold, 'usage = ?, archive = ?', text, archiveText);
    },
  };
}

/** Refused when the dispatch does not have the workspace, or in another generation. */
function update(
  database: Database,
  hold: Omit<WorkspaceHold, 'generation'> & { readonly generation?: number },
  assignments: string,
  ...values: readonly string[]
): boolean {
  const { tenantId, workspaceId, dispatchId, generation = null } = hold;
  const changed = database.run(
    `UPDATE workspaces SET ${assignments} WHERE tenantId = ? AND workspaceId = ?
       AND (? IS NULL OR generation = ?) AND EXISTS (
         SELECT 1 FROM dispatches WHERE dispatches.tenantId = workspaces.tenantId
           AND dispatches.workspaceId = workspaces.workspaceId AND dispatchId = ? AND status = 'RUNNING')`,
    ...values,
    tenantId,
    workspaceId,
    generation,
    generation,
    dispatchId,
  );
  return changed === 1;
}

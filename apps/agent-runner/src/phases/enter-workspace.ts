import type { RecordIn } from '@outpost/contracts';
import type { StoredArchive } from '@outpost/platform';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ArchiveError, sha256Of, unpackWorkspace } from '../archive/index.js';
import { diskLimitsOf } from '../disk/index.js';
import { PhaseError } from '../phase-error.js';
import type { Worker } from '../worker.js';
import { readGeneration, writeGeneration } from './volume-generation.js';
import type { Workspace } from './workspace.js';

interface EnterParams {
  readonly worker: Worker;
  readonly record: RecordIn<'RUNNING'>;
  readonly workspace: Workspace;
  readonly log: { system(text: string): void };
  readonly signal: AbortSignal;
}

/**
 * Begins a generation of a persistent workspace, and resolves with it. What the workspace last held is on its volume then:
 * restored, if it is in an archive, and never over anything newer. Rejects when it is in neither of the two.
 */
export async function enterWorkspace(params: EnterParams): Promise<number> {
  const { worker, record, workspace } = params;
  const { workspaceId } = record;
  const { workspaceReports } = worker.platform;
  const begun = await workspaceReports.begin({ ...worker.key, workspaceId });
  if (begun === undefined) throw notOurs(workspaceId);
  const { generation, volumeGeneration, archive } = begun;
  const found = await readGeneration(workspace.runner);
  if (archive !== undefined && archive.generation >= volumeGeneration && archive.generation > found)
    await restore(params, archive);
  else if (found < volumeGeneration)
    throw new PhaseError(
      'workspace_failed',
      `What workspace ${workspaceId} held is gone: its volume has generation ${found}, and should have ${volumeGeneration}. ` +
        `Nothing older is put in its place. Begin in a new workspace, and delete this one.`,
    );
  await writeGeneration(workspace.runner, generation);
  if (!(await workspaceReports.occupy({ ...worker.key, workspaceId, generation })))
    throw notOurs(workspaceId);
  return generation;
}

async function restore(
  { worker, record, workspace, log, signal }: EnterParams,
  archive: StoredArchive,
): Promise<void> {
  const { runner, root } = workspace;
  const { tenantId } = worker.key;
  const { workspaceId } = record;
  const { generation, sha256, archivedAt } = archive;
  const file = join(runner, 'restore.tar.gz');
  await rm(file, { force: true });
  const key = { tenantId, workspaceId, generation };
  if (!(await worker.platform.workspaceArchives.fetch({ ...key, file, signal })))
    throw unusable(archive, 'it is not there');
  if ((await sha256Of(file, signal)) !== sha256) throw unusable(archive, 'it is not as it was stored');
  const scratch = join(runner, 'restore');
  try {
    const leftOut = await unpackWorkspace({ root, file, scratch, limits: diskLimitsOf(record), signal });
    log.system(`Restored the workspace as it was archived at ${archivedAt}.`);
    if (leftOut > 0) log.system(`${leftOut} links that lead out of the workspace were left out.`);
  } catch (error) {
    throw error instanceof ArchiveError ? unusable(archive, error.message) : error;
  }
  await rm(file, { force: true });
}

function unusable({ archivedAt }: StoredArchive, why: string): PhaseError {
  return new PhaseError(
    'workspace_failed',
    `The archive of the workspace of ${archivedAt} cannot be restored: ${why}.`,
  );
}

function notOurs(workspaceId: string): PhaseError {
  return new PhaseError('workspace_failed', `Workspace ${workspaceId} is not this dispatch's any more.`);
}

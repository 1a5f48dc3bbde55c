import type { RecordIn } from '@outpost/contracts';
import { rm } from 'node:fs/promises';
import { withinLimit } from '../time-limit.js';
import type { Worker } from '../worker.js';
import type { Workspace } from './workspace.js';

/** Deletes what the run leaves behind. Never rejects: the reconciler deletes what is left. */
export async function cleanUp(
  { platform, key, limits, logger }: Worker,
  { workspaceMode, workspaceId }: RecordIn<'RUNNING'>,
  workspace: Workspace | undefined,
): Promise<void> {
  const limit = {
    name: 'clean-up',
    limitMs: limits.phaseTimeoutMs.workspace,
    settleMs: 0,
    signal: new AbortController().signal,
  };
  try {
    await withinLimit(limit, async () => {
      if (workspaceMode === 'ephemeral') await platform.mounts.erase({ tenantId: key.tenantId, workspaceId });
      else if (workspace !== undefined) await rm(workspace.outbox, { recursive: true, force: true });
    });
  } catch (error) {
    logger.warn({ err: error }, 'the workspace could not be deleted');
  }
}

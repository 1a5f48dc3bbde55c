import { chmodSync, readdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isSegment } from '../files/segments.js';
import type { WorkspaceKey, WorkspaceMounts, WorkspaceVolumes } from '../ports/index.js';
import { existingDirectory, isDirectory, privateDirectory } from './data-dir.js';
import { codeOf } from './errors.js';

const RETRIES = { maxRetries: 3, retryDelay: 50 } as const;

/** `workspaces/<tenantId>/<workspaceId>` in the data directory. */
export function createLocalWorkspaceVolumes({
  dataDir,
}: {
  readonly dataDir: string;
}): WorkspaceMounts & WorkspaceVolumes {
  const root = join(dataDir, 'workspaces');
  const remove = async ({ tenantId, workspaceId }: WorkspaceKey): Promise<void> => {
    const path = existingDirectory(root, { tenantId, workspaceId });
    if (path !== undefined) await removeTree(path);
  };
  return {
    async mount({ tenantId, workspaceId }) {
      const path = privateDirectory(root, { tenantId, workspaceId });
      // An agent may have changed the mode of its own workspace.
      chmodSync(path, 0o700);
      return path;
    },
    erase: remove,
    remove,
    list: async () => namesIn(root).flatMap((tenantId) => workspacesOf(root, tenantId)),
  };
}

function workspacesOf(root: string, tenantId: string): readonly WorkspaceKey[] {
  return namesIn(join(root, tenantId)).map((workspaceId) => ({ tenantId, workspaceId }));
}

function namesIn(path: string): readonly string[] {
  if (!isDirectory(path)) return [];
  return readdirSync(path)
    .filter((name) => isSegment(name) && isDirectory(join(path, name)))
    .toSorted();
}

/** `rm` removes links themselves, never what they point to; it fails on a directory that may not be written. */
async function removeTree(path: string): Promise<void> {
  try {
    await rm(path, { recursive: true, force: true, ...RETRIES });
  } catch (error) {
    if (!['EACCES', 'EPERM', 'ENOTEMPTY'].includes(codeOf(error) ?? '')) throw error;
    makeWritable(path);
    await rm(path, { recursive: true, force: true, ...RETRIES });
  }
}

/** The agent is dead by now, so no directory turns into a link between the look and the change of its mode. */
function makeWritable(directory: string): void {
  if (!isDirectory(directory)) return;
  chmodSync(directory, 0o700);
  for (const name of readdirSync(directory)) makeWritable(join(directory, name));
}

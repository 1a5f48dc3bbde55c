import { chmodSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { existingDirectory, isDirectory, privateDirectory } from '../files/directories.js';
import { removeTree } from '../files/remove-tree.js';
import { isSegment } from '../files/segments.js';
import type { WorkspaceKey, WorkspaceMounts, WorkspaceVolumes } from '../ports/index.js';

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

import { chmod, mkdir, readdir, rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { isDirectory } from '../files/directories.js';
import { removeTree } from '../files/remove-tree.js';
import { checkedSegment } from '../files/segments.js';
import type { WorkspaceKey, WorkspaceMounts } from '../ports/index.js';

/**
 * `<root>/<workspaceId>` in a worker's container: a directory of it, or where ECS mounted the access point of a
 * persistent workspace. A container has the workspaces of one tenant.
 */
export function createAwsWorkspaceMounts({ root }: { readonly root: string }): WorkspaceMounts {
  const pathOf = ({ tenantId, workspaceId }: WorkspaceKey): string => {
    checkedSegment('tenantId', tenantId);
    return join(root, checkedSegment('workspaceId', workspaceId));
  };
  return {
    async mount(key) {
      const path = pathOf(key);
      await mkdir(path, { recursive: true, mode: 0o700 });
      // An agent of an earlier dispatch may have changed the mode of its own workspace.
      await chmod(path, 0o700);
      return path;
    },
    async erase(key) {
      const path = pathOf(key);
      // A link that took its place goes itself.
      if (!isDirectory(path)) return rm(path, { force: true });
      await chmod(path, 0o700);
      for (const name of await readdir(path)) await removeTree(join(path, name));
      await removeUnlessMounted(path);
    },
  };
}

async function removeUnlessMounted(path: string): Promise<void> {
  try {
    await rmdir(path);
  } catch (error) {
    // A mount point cannot be removed: that nothing is left in it is enough.
    if ((await readdir(path)).length > 0) throw error;
  }
}

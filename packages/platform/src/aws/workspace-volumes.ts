import type { ECSClient } from '@aws-sdk/client-ecs';
import type { EFSClient } from '@aws-sdk/client-efs';
import { OutpostError } from '@outpost/contracts';
import { existingDirectory, isDirectory } from '../files/directories.js';
import { removeTree } from '../files/remove-tree.js';
import { checkedSegment } from '../files/segments.js';
import type { WorkspaceKey, WorkspaceVolumes } from '../ports/index.js';
import { createAwsAccessPoints } from './workspace-access-points.js';
import { removeWorkspaceTaskDefinitions } from './workspace-task-removal.js';

export interface AwsWorkspaceVolumesOptions {
  readonly efs: EFSClient;
  readonly ecs: ECSClient;
  /** Without one there are no persistent workspaces. */
  readonly fileSystemId: string | undefined;
  /** Where this process sees the root of the file system, with the right to delete what workers wrote. */
  readonly mountDir: string;
}

/** `/<tenantId>/<workspaceId>` on the file system, with an access point and task definitions of its own. */
export function createAwsWorkspaceVolumes(options: AwsWorkspaceVolumesOptions): WorkspaceVolumes {
  const { efs, ecs, fileSystemId, mountDir } = options;
  const accessPoints = createAwsAccessPoints({ efs, fileSystemId });

  const removeData = async ({ tenantId, workspaceId }: WorkspaceKey): Promise<void> => {
    // Else a file system that is not mounted would pass for one without data, which then nobody would ever delete.
    if (!isDirectory(mountDir)) throw notMounted(mountDir);
    const path = existingDirectory(mountDir, { tenantId, workspaceId });
    if (path !== undefined) await removeTree(path);
  };

  return {
    async remove(key) {
      const tenantId = checkedSegment('tenantId', key.tenantId);
      const workspaceId = checkedSegment('workspaceId', key.workspaceId);
      if (fileSystemId === undefined) return;
      await removeData({ tenantId, workspaceId });
      await removeWorkspaceTaskDefinitions(ecs, workspaceId);
      // Last: for as long as it is there, `list` names the workspace, and what was left half done is done again.
      for (const accessPoint of await accessPoints.list()) {
        if (accessPoint.tenantId === tenantId && accessPoint.workspaceId === workspaceId)
          await accessPoints.delete(accessPoint);
      }
    },
    async list() {
      const found = await accessPoints.list();
      return found.map(({ tenantId, workspaceId }) => ({ tenantId, workspaceId }));
    },
  };
}

function notMounted(mountDir: string): OutpostError {
  return new OutpostError(
    'SERVICE_UNAVAILABLE',
    `The file system of workspaces is not mounted at ${mountDir}. Mount its root there, or set OUTPOST_EFS_MOUNT_DIR.`,
  );
}

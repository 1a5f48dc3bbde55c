import { existsSync } from 'node:fs';
import { mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { AccessPoints } from '../../aws/workspace-access-points.js';
import { createAwsWorkspaceMounts } from '../../aws/workspace-mounts.js';
import type { WorkspaceKey, WorkspaceMounts } from '../../ports/index.js';

export interface ContainerMountsOptions {
  /** Where the containers are. */
  readonly root: string;
  readonly accessPoints: AccessPoints;
  /** What a mount of the access point leads to; undefined when there is no such access point. */
  directoryOf(accessPointId: string): Promise<string | undefined>;
}

/** Workspaces as each tenant's tasks see them: with the access point mounted in the container. */
export function containerMounts(options: ContainerMountsOptions): WorkspaceMounts {
  const { root, accessPoints, directoryOf } = options;
  const containerOf = async (key: WorkspaceKey): Promise<WorkspaceMounts> => {
    const { accessPointId } = await accessPoints.ensure(key);
    const container = join(root, 'containers', key.tenantId);
    await mkdir(container, { recursive: true });
    const link = join(container, key.workspaceId);
    if (!existsSync(link)) await symlink((await directoryOf(accessPointId))!, link);
    return createAwsWorkspaceMounts({ root: container });
  };
  return {
    mount: async (key) => (await containerOf(key)).mount(key),
    erase: async (key) => (await containerOf(key)).erase(key),
  };
}

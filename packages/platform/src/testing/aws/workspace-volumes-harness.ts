import { CreateFileSystemCommand, DescribeAccessPointsCommand, type EFSClient } from '@aws-sdk/client-efs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAwsAccessPoints } from '../../aws/workspace-access-points.js';
import { createAwsWorkspaceVolumes } from '../../aws/workspace-volumes.js';
import type { Harness } from '../harness.js';
import type { WorkspaceVolumesSubject } from '../workspace-volumes-conformance.js';
import { createTestClients } from './clients.js';
import { containerMounts } from './container-mounts.js';
import type { FreshServer } from './harnesses.js';

/** Workspace volumes on an EFS that has access points but no files: those are in a directory. */
export function workspaceVolumesHarness(start: () => Promise<FreshServer>): Harness<WorkspaceVolumesSubject> {
  return {
    async create() {
      const server = await start();
      const clients = createTestClients(server.endpoints);
      const { efs, ecs } = clients;
      const root = await mkdtemp(join(tmpdir(), 'outpost-efs-'));
      const mountDir = join(root, 'efs');
      await mkdir(mountDir);
      const { FileSystemId: fileSystemId } = await efs.send(
        new CreateFileSystemCommand({ CreationToken: 'workspaces' }),
      );
      const accessPoints = createAwsAccessPoints({ efs, fileSystemId });
      return {
        mounts: containerMounts({ root, accessPoints, directoryOf: (id) => directoryOf(efs, mountDir, id) }),
        volumes: createAwsWorkspaceVolumes({ efs, ecs, fileSystemId, mountDir }),
        async cleanup() {
          clients.destroy();
          await server.close();
          await rm(root, { recursive: true, force: true, maxRetries: 5 });
        },
      };
    },
  };
}

/** Made at the first mount, as EFS does it. */
async function directoryOf(efs: EFSClient, mountDir: string, id: string): Promise<string | undefined> {
  const { AccessPoints } = await efs.send(new DescribeAccessPointsCommand({ AccessPointId: id }));
  const path = AccessPoints?.[0]?.RootDirectory?.Path;
  if (path === undefined) return undefined;
  await mkdir(join(mountDir, path), { recursive: true, mode: 0o700 });
  return join(mountDir, path);
}

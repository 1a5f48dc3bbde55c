import {
  CreateAccessPointCommand,
  DeleteAccessPointCommand,
  paginateDescribeAccessPoints,
  type AccessPointAlreadyExists,
  type AccessPointDescription,
  type EFSClient,
} from '@aws-sdk/client-efs';
import { OutpostError } from '@outpost/contracts';
import { createHash } from 'node:crypto';
import { checkedSegment, isSegment } from '../files/segments.js';
import type { WorkspaceKey } from '../ports/index.js';
import { isNamed } from './errors.js';

/** The user that a worker's image runs as. */
const WORKER_UID = 10_001;

export interface WorkspaceAccessPoint {
  readonly fileSystemId: string;
  readonly accessPointId: string;
}

/** The doors to persistent workspaces: one for each, which leads to `/<tenantId>/<workspaceId>` and no further. */
export interface AccessPoints {
  /** Makes it if need be; however many instances ask at once, there is one. SERVICE_UNAVAILABLE without a file system. */
  ensure(key: WorkspaceKey): Promise<WorkspaceAccessPoint>;
  /** None without a file system. */
  list(): Promise<readonly (WorkspaceKey & WorkspaceAccessPoint)[]>;
  /** Idempotent. */
  delete(accessPoint: Pick<WorkspaceAccessPoint, 'accessPointId'>): Promise<void>;
}

export function createAwsAccessPoints({
  efs,
  fileSystemId,
}: {
  readonly efs: EFSClient;
  readonly fileSystemId: string | undefined;
}): AccessPoints {
  return {
    async ensure(key) {
      const path = pathOf(key);
      if (fileSystemId === undefined) throw noFileSystem();
      return { fileSystemId, accessPointId: await createOrFind(efs, { ...key, path, fileSystemId }) };
    },
    async list() {
      if (fileSystemId === undefined) return [];
      const found: (WorkspaceKey & WorkspaceAccessPoint)[] = [];
      for await (const page of paginateDescribeAccessPoints({ client: efs }, { FileSystemId: fileSystemId }))
        found.push(...(page.AccessPoints ?? []).flatMap((each) => workspaceOf(each, fileSystemId)));
      return found;
    },
    async delete({ accessPointId }) {
      try {
        await efs.send(new DeleteAccessPointCommand({ AccessPointId: accessPointId }));
      } catch (error) {
        if (!isNamed(error, 'AccessPointNotFound')) throw error;
      }
    },
  };
}

interface NewAccessPoint extends WorkspaceKey {
  readonly path: string;
  readonly fileSystemId: string;
}

/** The token is the same whoever asks, so a second request is told of the access point that the first one made. */
async function createOrFind(efs: EFSClient, params: NewAccessPoint): Promise<string> {
  const { tenantId, workspaceId, path, fileSystemId } = params;
  try {
    const { AccessPointId } = await efs.send(
      new CreateAccessPointCommand({
        ClientToken: tokenOf(params),
        FileSystemId: fileSystemId,
        PosixUser: { Uid: WORKER_UID, Gid: WORKER_UID },
        RootDirectory: {
          Path: path,
          CreationInfo: { OwnerUid: WORKER_UID, OwnerGid: WORKER_UID, Permissions: '0700' },
        },
        Tags: Object.entries({ tenantId, workspaceId }).map(([Key, Value]) => ({ Key, Value })),
      }),
    );
    return known(AccessPointId, path);
  } catch (error) {
    if (!isNamed(error, 'AccessPointAlreadyExists')) throw error;
    return known((error as AccessPointAlreadyExists).AccessPointId, path);
  }
}

function known(accessPointId: string | undefined, path: string): string {
  if (accessPointId !== undefined) return accessPointId;
  throw new Error(`EFS did not say which access point leads to ${path}.`);
}

/** 64 characters: as many as a token may have. */
function tokenOf({ tenantId, workspaceId, fileSystemId }: NewAccessPoint): string {
  return createHash('sha256').update([fileSystemId, tenantId, workspaceId].join('\0')).digest('hex');
}

/** Others may have access points on this file system, too. */
function workspaceOf(
  { AccessPointId: accessPointId, RootDirectory, Tags = [], LifeCycleState }: AccessPointDescription,
  fileSystemId: string,
): (WorkspaceKey & WorkspaceAccessPoint)[] {
  const tags = new Map(Tags.map(({ Key, Value }) => [Key, Value]));
  const key = { tenantId: tags.get('tenantId') ?? '', workspaceId: tags.get('workspaceId') ?? '' };
  const isOurs = isSegment(key.tenantId) && isSegment(key.workspaceId) && RootDirectory?.Path === pathOf(key);
  if (!isOurs || accessPointId === undefined) return [];
  return LifeCycleState === 'deleting' || LifeCycleState === 'deleted'
    ? []
    : [{ ...key, fileSystemId, accessPointId }];
}

function pathOf({ tenantId, workspaceId }: WorkspaceKey): string {
  return `/${checkedSegment('tenantId', tenantId)}/${checkedSegment('workspaceId', workspaceId)}`;
}

function noFileSystem(): OutpostError {
  return new OutpostError(
    'SERVICE_UNAVAILABLE',
    'There is no file system for persistent workspaces. Set OUTPOST_EFS_FILE_SYSTEM_ID, or use an ephemeral workspace.',
  );
}

import {
  DeleteObjectCommand,
  GetObjectCommand,
  paginateListObjectsV2,
  type S3Client,
} from '@aws-sdk/client-s3';
import { createWriteStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { archiveName, generationsToRemove } from '../files/archive-names.js';
import { checkedSegment } from '../files/segments.js';
import type { WorkspaceArchiveRemoval, WorkspaceArchives, WorkspaceKey } from '../ports/index.js';
import { uploadEncrypted } from './encrypted-upload.js';
import { isNamed } from './errors.js';

export interface AwsWorkspaceArchivesOptions {
  readonly s3: S3Client;
  readonly bucket: string;
  /** Key id or ARN; the account's own key for S3 without one. */
  readonly kmsKeyId?: string | undefined;
}

/** `<tenantId>/<workspaceId>/<generation>.tar.gz` in a bucket of their own, encrypted as artifacts are. */
export function createAwsWorkspaceArchives({
  s3,
  bucket,
  kmsKeyId,
}: AwsWorkspaceArchivesOptions): WorkspaceArchives & WorkspaceArchiveRemoval {
  return {
    put({ file, signal, generation, ...workspace }) {
      const { tenantId } = workspace;
      const key = prefixOf(workspace) + archiveName(generation);
      const body = { file };
      return uploadEncrypted(s3, {
        bucket,
        key,
        tenantId,
        kmsKeyId,
        contentType: 'application/gzip',
        body,
        signal,
      });
    },
    async fetch({ file, signal, generation, ...workspace }) {
      const Key = prefixOf(workspace) + archiveName(generation);
      try {
        const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key }), {
          ...(signal !== undefined && { abortSignal: signal }),
        });
        await pipeline(Body as Readable, createWriteStream(file, { flags: 'wx', mode: 0o600 }), { signal });
        return true;
      } catch (error) {
        if (isNamed(error, 'NoSuchKey')) return false;
        throw error;
      }
    },
    async remove({ before = Infinity, except, ...workspace }) {
      const prefix = prefixOf(workspace);
      const names: string[] = [];
      for await (const { Contents = [] } of paginateListObjectsV2(
        { client: s3 },
        { Bucket: bucket, Prefix: prefix },
      ))
        names.push(...Contents.map(({ Key = '' }) => Key.slice(prefix.length)));
      for (const name of generationsToRemove(names, { before, except }))
        await s3.send(new DeleteObjectCommand({ Bucket: bucket, Key: prefix + name }));
    },
  };
}

function prefixOf({ tenantId, workspaceId }: WorkspaceKey): string {
  return `${checkedSegment('tenantId', tenantId)}/${checkedSegment('workspaceId', workspaceId)}/`;
}

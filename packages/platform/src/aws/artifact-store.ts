import {
  DeleteObjectCommand,
  GetObjectCommand,
  paginateListObjectsV2,
  type S3Client,
} from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { ARTIFACT_NAMES, isAgentFileName, type ArtifactName } from '@outpost/contracts';
import { basename } from 'node:path';
import type { Readable } from 'node:stream';
import { contentTypeOf } from '../files/content-type.js';
import { checkedSegment } from '../files/segments.js';
import type { ArtifactKey, ArtifactStore, Clock, OpenedArtifact } from '../ports/index.js';
import { uploadEncrypted } from './encrypted-upload.js';
import { isNamed } from './errors.js';

export interface AwsArtifactStoreOptions {
  readonly s3: S3Client;
  /** By which URLs are signed, and expire. */
  readonly clock: Clock;
  readonly bucket: string;
  /** Key id or ARN; the account's own key for S3 without one. */
  readonly kmsKeyId?: string | undefined;
}

/**
 * `<tenantId>/<dispatchId>/<name>` in the bucket, encrypted with the tenant as encryption context. A URL expires as
 * asked, or with the credentials that signed it, whichever comes first.
 */
export function createAwsArtifactStore({
  s3,
  clock,
  bucket,
  kmsKeyId,
}: AwsArtifactStoreOptions): ArtifactStore {
  return {
    async put({ body, signal, ...artifact }) {
      const { tenantId, name } = artifact;
      const contentType = contentTypeOf(name);
      const upload = { bucket, key: keyOf(artifact), tenantId, kmsKeyId, contentType, body, signal };
      return { name, sizeBytes: await uploadEncrypted(s3, upload), contentType };
    },
    open: (key) => open(s3, bucket, key),
    async remove(owner) {
      const prefix = prefixOf(owner);
      const sizes = await sizesUnder(s3, { bucket, prefix });
      const deletions = [...sizes.keys()].map((name) =>
        s3.send(new DeleteObjectCommand({ Bucket: bucket, Key: prefix + name })),
      );
      await Promise.all(deletions);
    },
    async list(owner) {
      const sizes = await sizesUnder(s3, { bucket, prefix: prefixOf(owner) });
      return namesOf(sizes).flatMap((name) => {
        const sizeBytes = sizes.get(name);
        return sizeBytes === undefined ? [] : [{ name, sizeBytes, contentType: contentTypeOf(name) }];
      });
    },
    async createDownloadUrl({ expiresInSeconds, ...artifact }) {
      const command = new GetObjectCommand({
        Bucket: bucket,
        Key: keyOf(artifact),
        ResponseContentDisposition: `attachment; filename="${basename(artifact.name)}"`,
        ResponseContentType: contentTypeOf(artifact.name),
      });
      const signingDate = new Date(clock.now());
      return getSignedUrl(s3, command, { expiresIn: expiresInSeconds, signingDate });
    },
  };
}

async function open(
  s3: S3Client,
  bucket: string,
  artifact: ArtifactKey,
): Promise<OpenedArtifact | undefined> {
  const { name } = artifact;
  try {
    const answer = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: keyOf(artifact) }));
    const stream = answer.Body as Readable;
    return {
      artifact: { name, sizeBytes: answer.ContentLength ?? 0, contentType: contentTypeOf(name) },
      stream,
    };
  } catch (error) {
    if (isNamed(error, 'NoSuchKey')) return undefined;
    throw error;
  }
}

function namesOf(sizes: ReadonlyMap<string, number>): readonly ArtifactName[] {
  return [...ARTIFACT_NAMES, ...[...sizes.keys()].filter(isAgentFileName).toSorted()];
}

function keyOf(artifact: ArtifactKey): string {
  return prefixOf(artifact) + artifact.name;
}

function prefixOf({ tenantId, dispatchId }: Omit<ArtifactKey, 'name'>): string {
  return `${checkedSegment('tenantId', tenantId)}/${checkedSegment('dispatchId', dispatchId)}/`;
}

async function sizesUnder(
  s3: S3Client,
  { bucket, prefix }: { readonly bucket: string; readonly prefix: string },
): Promise<ReadonlyMap<string, number>> {
  const sizes = new Map<string, number>();
  const pages = paginateListObjectsV2({ client: s3 }, { Bucket: bucket, Prefix: prefix });
  for await (const { Contents = [] } of pages) {
    for (const { Key = '', Size = 0 } of Contents) sizes.set(Key.slice(prefix.length), Size);
  }
  return sizes;
}

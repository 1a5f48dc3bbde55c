import {
  DeleteObjectCommand,
  GetObjectCommand,
  paginateListObjectsV2,
  type S3Client,
} from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { ARTIFACT_NAMES, ARTIFACTS } from '@outpost/contracts';
import type { Readable } from 'node:stream';
import { checkedSegment } from '../files/segments.js';
import type { ArtifactKey, ArtifactStore, Clock } from '../ports/index.js';
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
      const contentType = ARTIFACTS[name];
      const upload = { bucket, key: keyOf(artifact), tenantId, kmsKeyId, contentType, body, signal };
      return { name, sizeBytes: await uploadEncrypted(s3, upload), contentType };
    },
    async remove(owner) {
      const deletions = ARTIFACT_NAMES.map((name) =>
        s3.send(new DeleteObjectCommand({ Bucket: bucket, Key: keyOf({ ...owner, name }) })),
      );
      await Promise.all(deletions);
    },
    async list(owner) {
      const sizes = await sizesUnder(s3, { bucket, prefix: prefixOf(owner) });
      return ARTIFACT_NAMES.flatMap((name) => {
        const sizeBytes = sizes.get(name);
        return sizeBytes === undefined ? [] : [{ name, sizeBytes, contentType: ARTIFACTS[name] }];
      });
    },
    async open(artifact) {
      try {
        const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: keyOf(artifact) }));
        return Body as Readable;
      } catch (error) {
        if (isNamed(error, 'NoSuchKey')) return undefined;
        throw error;
      }
    },
    async createDownloadUrl({ expiresInSeconds, ...artifact }) {
      const command = new GetObjectCommand({
        Bucket: bucket,
        Key: keyOf(artifact),
        ResponseContentDisposition: `attachment; filename="${artifact.name}"`,
        ResponseContentType: ARTIFACTS[artifact.name],
      });
      const signingDate = new Date(clock.now());
      return getSignedUrl(s3, command, { expiresIn: expiresInSeconds, signingDate });
    },
  };
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

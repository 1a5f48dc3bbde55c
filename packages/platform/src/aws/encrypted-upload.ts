import type { PutObjectCommandInput, S3Client } from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { openRegularFile } from '../files/regular-file.js';
import { isNamed } from './errors.js';

/** What is larger goes up in parts of this size. */
const PART_BYTES = 8 * 1024 * 1024;
/** So many parts are in memory for each upload. */
const PARTS_AT_ONCE = 2;

export interface EncryptedUpload {
  readonly bucket: string;
  readonly key: string;
  /** Becomes the encryption context: who may not name it cannot decrypt the object. */
  readonly tenantId: string;
  /** Key id or ARN; the account's own key for S3 without one. */
  readonly kmsKeyId?: string | undefined;
  readonly contentType: string;
  readonly body: { readonly text: string } | { readonly file: string };
  /** Gives up when it is aborted; what was there before stays. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Stores or replaces an object, and resolves to its size in bytes. All of it becomes visible at once, or nothing: an
 * upload in parts that fails is taken back.
 */
export async function uploadEncrypted(s3: S3Client, upload: EncryptedUpload): Promise<number> {
  try {
    return await put(s3, upload);
  } catch (error) {
    // Where the answer to the last call of an upload in parts was lost, the SDK's repeat of it finds no such upload:
    // nobody can say whether the first one counted, so all goes up again.
    if (!isNamed(error, 'NoSuchUpload')) throw error;
    return await put(s3, upload);
  }
}

async function put(s3: S3Client, upload: EncryptedUpload): Promise<number> {
  const { body } = upload;
  if ('text' in body) {
    await send(s3, upload, body.text);
    return Buffer.byteLength(body.text);
  }
  const stream = (await openRegularFile(body.file)).createReadStream();
  try {
    await send(s3, upload, stream);
    return stream.bytesRead;
  } finally {
    // Also where the upload failed before the end of the file.
    stream.destroy();
  }
}

async function send(
  s3: S3Client,
  { bucket, key, tenantId, kmsKeyId, contentType, signal }: EncryptedUpload,
  body: NonNullable<PutObjectCommandInput['Body']>,
): Promise<void> {
  const params: PutObjectCommandInput = {
    Bucket: bucket,
    Key: key,
    Body: body,
    ContentType: contentType,
    ChecksumAlgorithm: 'CRC32',
    ServerSideEncryption: 'aws:kms',
    SSEKMSEncryptionContext: Buffer.from(JSON.stringify({ tenantId })).toString('base64'),
    ...(kmsKeyId !== undefined && { SSEKMSKeyId: kmsKeyId }),
  };
  const upload = new Upload({ client: s3, params, partSize: PART_BYTES, queueSize: PARTS_AT_ONCE });
  const abort = (): void => void upload.abort();
  signal?.throwIfAborted();
  signal?.addEventListener('abort', abort, { once: true });
  try {
    await upload.done();
  } finally {
    signal?.removeEventListener('abort', abort);
  }
}

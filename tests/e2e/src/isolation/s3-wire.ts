import type { RecordedSdkCall } from '@outpost/platform/testing/aws';
import type { IncomingMessage } from 'node:http';

type Call = Pick<RecordedSdkCall, 'operation' | 'input'>;

/** What was asked of S3, by its REST protocol; one that has no name here is called by its method and path. */
export function s3CallOf({
  method = '',
  url = '',
  headers,
}: Pick<IncomingMessage, 'method' | 'url' | 'headers'>): Call {
  const { pathname, searchParams } = new URL(url, 'http://s3');
  const [, Bucket = '', ...rest] = pathname.split('/').map(decodeURIComponent);
  return {
    operation: operationOf(method, searchParams) ?? `${method} ${url}`,
    input: {
      Bucket,
      Key: rest.join('/'),
      Prefix: searchParams.get('prefix') ?? undefined,
      ServerSideEncryption: headers['x-amz-server-side-encryption'],
      SSEKMSKeyId: headers['x-amz-server-side-encryption-aws-kms-key-id'],
      SSEKMSEncryptionContext: headers['x-amz-server-side-encryption-context'],
    },
  };
}

/** The SDK names in the query what method and path leave open. */
function operationOf(method: string, query: URLSearchParams): string | undefined {
  const named = query.get('x-id');
  if (named !== null) return named;
  if (query.get('list-type') === '2') return 'ListObjectsV2';
  if (method === 'POST' && query.has('uploads')) return 'CreateMultipartUpload';
  if (method === 'POST' && query.has('uploadId')) return 'CompleteMultipartUpload';
  return method === 'HEAD' ? 'HeadObject' : undefined;
}

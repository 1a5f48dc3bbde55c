import { CONTROL_CALLS, type Requests } from './policy-control.js';
import { isDynamoDbOperation, rowRequests } from './policy-dynamodb.js';
import { fileSystemRequests } from './policy-efs.js';
import type { RecordedSdkCall } from './policy-recorder.js';
import type { IamPlace, IamRequest } from './policy.js';

type Input = RecordedSdkCall['input'];

/** Stands for what Secrets Manager adds to a secret's name in its ARN. */
const SECRET_SUFFIX = '-AbC123';

/** What a call needs to be granted. Throws on an operation of which it does not know that. */
export function iamRequestsOf(call: RecordedSdkCall, place: IamPlace): readonly IamRequest[] {
  const { service, operation, input } = call;
  if (service === 'dynamodb' && isDynamoDbOperation(operation)) return rowRequests(operation, input, place);
  const ofFileSystem = service === 'efs' ? fileSystemRequests(call, place) : undefined;
  if (ofFileSystem !== undefined) return ofFileSystem;
  const requests = OTHERS[`${service}:${operation}`];
  if (requests === undefined) throw new Error(`What ${service}:${operation} needs of IAM is not known here.`);
  return requests(input, place);
}

const put: Requests = (input, place) => [objectRequest('s3:PutObject', input, place)];
const read: Requests = (input, place) => [objectRequest('s3:GetObject', input, place)];

const OTHERS: Readonly<Record<string, Requests>> = {
  's3:PutObject': (input, place) => [...put(input, place), ...keyRequests(['GenerateDataKey'], input, place)],
  's3:CreateMultipartUpload': (input, place) => [
    ...put(input, place),
    // S3 reads the parts again to join them.
    ...keyRequests(['GenerateDataKey', 'Decrypt'], input, place),
  ],
  's3:UploadPart': put,
  's3:CompleteMultipartUpload': put,
  's3:AbortMultipartUpload': (input, place) => [objectRequest('s3:AbortMultipartUpload', input, place)],
  's3:ListParts': (input, place) => [objectRequest('s3:ListMultipartUploadParts', input, place)],
  's3:GetObject': read,
  's3:HeadObject': read,
  's3:DeleteObject': (input, place) => [objectRequest('s3:DeleteObject', input, place)],
  's3:ListObjectsV2': ({ Bucket, Prefix }, { accountId }) => [
    {
      action: 's3:ListBucket',
      resource: `arn:aws:s3:::${String(Bucket)}`,
      accountId,
      context: typeof Prefix === 'string' ? { 's3:prefix': Prefix } : {},
    },
  ],
  'secrets:GetSecretValue': secretRequests('GetSecretValue'),
  'secrets:DescribeSecret': secretRequests('DescribeSecret'),
  'secrets:CreateSecret': ({ Name }, place) => secretRequests('CreateSecret')({ SecretId: Name }, place),
  'secrets:ListSecrets': (_, { accountId }) => [
    { action: 'secretsmanager:ListSecrets', resource: '*', accountId, context: {} },
  ],
  'events:PutEvents': eventRequests,
  ...CONTROL_CALLS,
  /** Granted to everyone. */
  'sts:GetCallerIdentity': () => [],
};

function objectRequest(action: string, { Bucket, Key }: Input, { accountId }: IamPlace): IamRequest {
  return { action, resource: `arn:aws:s3:::${String(Bucket)}/${String(Key)}`, accountId, context: {} };
}

/** What S3 asks of KMS in the caller's name, where the key is not the account's own one for S3. */
function keyRequests(operations: readonly string[], input: Input, place: IamPlace): readonly IamRequest[] {
  const { SSEKMSKeyId, SSEKMSEncryptionContext = '' } = input;
  if (typeof SSEKMSKeyId !== 'string') return [];
  const json = Buffer.from(String(SSEKMSEncryptionContext), 'base64').toString() || '{}';
  const pairs = Object.entries(JSON.parse(json) as Record<string, string>);
  const context = {
    'kms:ViaService': `s3.${place.region}.amazonaws.com`,
    ...Object.fromEntries(pairs.map(([name, value]) => [`kms:EncryptionContext:${name}`, value])),
  };
  return operations.map((operation) => ({
    action: `kms:${operation}`,
    resource: SSEKMSKeyId,
    accountId: place.accountId,
    context,
  }));
}

/** Both of a secret that exists, whose ARN has a suffix, and of one that does not, which has none. */
function secretRequests(operation: string): Requests {
  return ({ SecretId }, { region, accountId }) =>
    ['', SECRET_SUFFIX].map((suffix) => ({
      action: `secretsmanager:${operation}`,
      resource: `arn:aws:secretsmanager:${region}:${accountId}:secret:${String(SecretId)}${suffix}`,
      accountId,
      context: {},
    }));
}

interface EventEntry {
  readonly EventBusName?: string;
  readonly Source?: string;
  readonly DetailType?: string;
}

function eventRequests({ Entries }: Input, { region, accountId }: IamPlace): readonly IamRequest[] {
  return (Entries as readonly EventEntry[]).map(
    ({ EventBusName = 'default', Source = '', DetailType = '' }) => ({
      action: 'events:PutEvents',
      resource: `arn:aws:events:${region}:${accountId}:event-bus/${EventBusName}`,
      accountId,
      context: { 'events:source': [Source], 'events:detail-type': [DetailType] },
    }),
  );
}

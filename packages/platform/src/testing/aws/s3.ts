import type { S3Client } from '@aws-sdk/client-s3';
import { S3RequestPresigner } from '@aws-sdk/s3-request-presigner';
import type { Clock } from '../../ports/index.js';
import type { Fetched } from '../artifact-store-conformance.js';

/** What the signer adds to a query; the rest is what it signs. */
const SIGNERS_OWN = [
  'X-Amz-Algorithm',
  'X-Amz-Content-Sha256',
  'X-Amz-Credential',
  'X-Amz-Date',
  'X-Amz-Expires',
  'X-Amz-Security-Token',
  'X-Amz-Signature',
  'X-Amz-SignedHeaders',
];

export interface PresignedUrlCheck {
  /** Of the credentials that should have signed. */
  readonly s3: S3Client;
  readonly clock: Clock;
}

/**
 * Whether S3 would honour the URL of a GET at this time: it signs the same request again with the SDK's signer, and
 * compares.
 */
export async function verifyPresignedUrl(url: string, { s3, clock }: PresignedUrlCheck): Promise<boolean> {
  const { searchParams } = new URL(url);
  const signedAt = parseAmzDate(searchParams.get('X-Amz-Date') ?? '');
  const expiresIn = Number(searchParams.get('X-Amz-Expires'));
  const now = clock.now();
  const isCurrent = now >= signedAt && now < signedAt + expiresIn * 1_000;
  return isCurrent && (await isSignedBy(s3, new URL(url), { signingDate: new Date(signedAt), expiresIn }));
}

/** What a client without a key gets of a presigned URL, where the server itself takes any signature. */
export async function fetchPresigned(url: string, check: PresignedUrlCheck): Promise<Fetched> {
  if (!(await verifyPresignedUrl(url, check))) return { outcome: 'denied' };
  const response = await fetch(url);
  const body = Buffer.from(await response.arrayBuffer());
  if (response.status === 404) return { outcome: 'missing' };
  if (!response.ok) return { outcome: 'denied' };
  return { outcome: 'ok', body, contentType: response.headers.get('content-type') ?? '' };
}

async function isSignedBy(
  s3: S3Client,
  { protocol, hostname, port, pathname, searchParams }: URL,
  options: { readonly signingDate: Date; readonly expiresIn: number },
): Promise<boolean> {
  const query = Object.fromEntries(searchParams);
  const signed = Object.fromEntries(Object.entries(query).filter(([name]) => !SIGNERS_OWN.includes(name)));
  const presigner = new S3RequestPresigner({ ...s3.config, region: await s3.config.region() });
  const again = await presigner.presign(
    { method: 'GET', protocol, hostname, port: Number(port), path: pathname, query: signed, headers: {} },
    options,
  );
  return isSameQuery(again.query ?? {}, query);
}

function isSameQuery(
  expected: Readonly<Record<string, unknown>>,
  given: Readonly<Record<string, string>>,
): boolean {
  const names = new Set([...Object.keys(expected), ...Object.keys(given)]);
  return [...names].every((name) => expected[name] === given[name]);
}

/** `20261123T120000Z` in epoch milliseconds; NaN for anything else. */
function parseAmzDate(text: string): number {
  return Date.parse(text.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6.000Z'));
}

import type { WebhookEvent } from '@outpost/contracts';

const TOLERANCE_SECONDS = 300;
const SECRET_PREFIX = 'whsec_';
/** Of a signature by HMAC-SHA256, as Standard Webhooks has it. */
const VERSION_PREFIX = 'v1,';

export interface UnwrapOptions {
  /** How far the time of the request may be from now. Default 300. */
  readonly toleranceSeconds?: number;
  /** Epoch milliseconds; the time of this machine unless told otherwise. */
  readonly now?: () => number;
}

export type WebhookHeaders = Headers | Readonly<Record<string, string | readonly string[] | undefined>>;

/** A request that is not from Outpost, was changed on the way, or is too old: answer it with 400, and do nothing. */
export class WebhookVerificationError extends Error {
  override readonly name = 'WebhookVerificationError';
}

/**
 * The event in a webhook's request, once its signature and its time are found to be right. `body` is the body as it
 * came: parsed and written again it has another signature. Rejects with a WebhookVerificationError.
 */
export async function unwrapWebhook(
  body: string | Uint8Array,
  headers: WebhookHeaders,
  secret: string,
  { toleranceSeconds = TOLERANCE_SECONDS, now = Date.now }: UnwrapOptions = {},
): Promise<WebhookEvent> {
  const text = typeof body === 'string' ? body : new TextDecoder().decode(body);
  const [id, timestamp, signatures] = [
    headerIn(headers, 'webhook-id'),
    headerIn(headers, 'webhook-timestamp'),
    headerIn(headers, 'webhook-signature'),
  ];
  const seconds = /^\d{1,12}$/.test(timestamp) ? Number(timestamp) : Number.NaN;
  if (!(Math.abs(now() / 1_000 - seconds) <= toleranceSeconds))
    throw new WebhookVerificationError(
      `webhook-timestamp is more than ${toleranceSeconds} s from now: the request is old, or a clock is wrong`,
    );
  if (!(await isSigned(`${id}.${timestamp}.${text}`, signatures, secret)))
    throw new WebhookVerificationError('no signature of the request is by this secret, over this very body');
  return JSON.parse(text) as WebhookEvent;
}

function headerIn(headers: WebhookHeaders, name: string): string {
  const value =
    headers instanceof Headers
      ? headers.get(name)
      : Object.entries(headers).find(([each]) => each.toLowerCase() === name)?.[1];
  if (typeof value !== 'string' || value === '')
    throw new WebhookVerificationError(`the header ${name} is missing`);
  return value;
}

/** Whether one of the signatures is by the secret: there are two while a secret is being replaced. */
async function isSigned(content: string, signatures: string, secret: string): Promise<boolean> {
  const algorithm = { name: 'HMAC', hash: 'SHA-256' };
  const key = await crypto.subtle.importKey('raw', bytesOfSecret(secret), algorithm, false, ['verify']);
  const data = new TextEncoder().encode(content);
  const given = signatures.split(' ').filter((each) => each.startsWith(VERSION_PREFIX));
  const checks = given.map(async (each) => {
    const signature = bytesOf(each.slice(VERSION_PREFIX.length));
    return signature !== undefined && crypto.subtle.verify('HMAC', key, signature, data);
  });
  return (await Promise.all(checks)).includes(true);
}

function bytesOfSecret(secret: string): Uint8Array<ArrayBuffer> {
  const bytes = secret.startsWith(SECRET_PREFIX) ? bytesOf(secret.slice(SECRET_PREFIX.length)) : undefined;
  if (bytes === undefined || bytes.length === 0)
    throw new WebhookVerificationError('the secret is not one of a webhook: it begins with whsec_');
  return bytes;
}

/** Undefined for what is not base64. */
function bytesOf(base64: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  } catch {
    return undefined;
  }
}

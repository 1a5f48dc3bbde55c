import type { WebhookEvent } from '@outpost/contracts';
import { Webhook as Signer } from 'standardwebhooks';

const TOLERANCE_SECONDS = 300;
const VERSION = 'v1';

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
 * came: parsed and written again it has another signature. Throws a WebhookVerificationError.
 */
export function unwrapWebhook(
  body: string | Uint8Array,
  headers: WebhookHeaders,
  secret: string,
  { toleranceSeconds = TOLERANCE_SECONDS, now = Date.now }: UnwrapOptions = {},
): WebhookEvent {
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
  const expected = sign(secret, id, seconds, text);
  const isSigned = signatures.split(' ').some((each) => isSame(each, expected));
  if (!isSigned)
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

function sign(secret: string, id: string, seconds: number, body: string): string {
  let signer: Signer;
  try {
    signer = new Signer(secret);
  } catch {
    throw new WebhookVerificationError('the secret is not one of a webhook: it begins with whsec_');
  }
  const signature = signer.sign(id, new Date(seconds * 1_000), body);
  if (!signature.startsWith(`${VERSION},`)) throw new TypeError(`a signature that is not of ${VERSION}`);
  return signature;
}

/** In the same time, wherever they differ. */
function isSame(given: string, expected: string): boolean {
  let difference = given.length ^ expected.length;
  for (let index = 0; index < expected.length; index += 1)
    difference |= (given.charCodeAt(index) || 0) ^ expected.charCodeAt(index);
  return difference === 0;
}

import type { WebhookEvent } from '@outpost/contracts';
import type { StoredWebhook } from '@outpost/platform';
import { randomBytes } from 'node:crypto';
import { Webhook as Signer } from 'standardwebhooks';

const SECRET_BYTES = 32;

export function newWebhookSecret(): string {
  return `whsec_${randomBytes(SECRET_BYTES).toString('base64')}`;
}

/** Body and headers of a request, signed at `now` (epoch milliseconds) with each secret that is good by then. */
export function signedRequest(
  { secret, previousSecret }: Pick<StoredWebhook, 'secret' | 'previousSecret'>,
  event: WebhookEvent,
  now: number,
): { readonly body: string; readonly headers: Readonly<Record<string, string>> } {
  const body = JSON.stringify(event);
  const at = new Date(now);
  const isOverlap = previousSecret !== undefined && Date.parse(previousSecret.expiresAt) > now;
  const secrets = [secret, ...(isOverlap ? [previousSecret.secret] : [])];
  return {
    body,
    headers: {
      'content-type': 'application/json',
      'user-agent': 'Outpost-Webhooks',
      'webhook-id': event.eventId,
      'webhook-timestamp': String(Math.floor(now / 1_000)),
      'webhook-signature': secrets.map((each) => new Signer(each).sign(event.eventId, at, body)).join(' '),
    },
  };
}

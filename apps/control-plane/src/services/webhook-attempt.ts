import type { WebhookAttempt, WebhookEvent } from '@outpost/contracts';
import type { Clock, StoredWebhook, WebhookSender } from '@outpost/platform';
import { signedRequest } from './webhook-signature.js';

const TIMEOUT_MS = 10_000;

/** Sends an event once. Whatever is not 2xx is an error, a redirect among them. Never rejects. */
export async function attemptDelivery(
  { sender, clock }: { readonly sender: WebhookSender; readonly clock: Clock },
  webhook: Pick<StoredWebhook, 'url' | 'secret' | 'previousSecret'>,
  event: WebhookEvent,
): Promise<WebhookAttempt> {
  const began = clock.now();
  const { url } = webhook;
  const answer = await sender.send({ url, ...signedRequest(webhook, event, began), timeoutMs: TIMEOUT_MS });
  const attempt = {
    at: new Date(began).toISOString(),
    durationMs: Math.max(0, Math.round(clock.now() - began)),
  };
  if (!('statusCode' in answer)) return { ...attempt, error: answer.error };
  const { statusCode } = answer;
  const error = errorOf(statusCode);
  return { ...attempt, statusCode, ...(error !== undefined && { error }) };
}

function errorOf(statusCode: number): string | undefined {
  if (statusCode >= 200 && statusCode < 300) return undefined;
  const isRedirect = statusCode >= 300 && statusCode < 400;
  return `answered ${statusCode}${isRedirect ? ', a redirect, which is not followed' : ''}`;
}

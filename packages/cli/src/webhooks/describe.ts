import type { CreatedWebhook } from '@outpost/client';
import type { Webhook } from '@outpost/contracts';
import { facts, tableOr } from '../terminal/output.js';
import { plain } from '../terminal/plain.js';

const COLUMNS = ['webhook', 'url', 'events', 'status', 'description'].map((title) => ({ title }));

export function webhooksTable(webhooks: readonly Webhook[]): string {
  return tableOr(COLUMNS, webhooks.map(rowOf), 'No webhooks.');
}

const eventsOf = ({ events }: Webhook): string => events?.join(', ') ?? 'all';

function rowOf(webhook: Webhook): readonly string[] {
  const { webhookId, url, status, description = '' } = webhook;
  return [webhookId, plain(url), eventsOf(webhook), status, plain(description)];
}

export function describeWebhook(webhook: Webhook): string {
  const { description, disabledReason } = webhook;
  return facts([
    ['webhook', webhook.webhookId],
    ['url', plain(webhook.url)],
    ['events', eventsOf(webhook)],
    ['description', description && plain(description)],
    ['status', webhook.status],
    ['because', disabledReason && plain(disabledReason)],
    ['failing since', webhook.failingSince],
    ['old secret until', webhook.previousSecretExpiresAt],
    ['created', webhook.createdAt],
    ['updated', webhook.updatedAt],
  ]);
}

/** With its secret. */
export function describeNewWebhook(webhook: CreatedWebhook): string {
  return `${facts([['secret', webhook.secret]])}\n${describeWebhook(webhook)}\n\nKeep the secret now: it is not shown again.`;
}

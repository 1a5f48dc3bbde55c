import type { WebhookAttempt, WebhookDelivery } from '@outpost/contracts';
import { facts, tableOr } from '../terminal/output.js';
import { plain } from '../terminal/plain.js';
import type { Column } from '../terminal/table.js';
import { ago } from '../terminal/units.js';

const COLUMNS: readonly Column[] = [
  { title: 'delivery' },
  { title: 'event' },
  { title: 'dispatch' },
  { title: 'status' },
  { title: 'created', align: 'right' },
  { title: 'tries', align: 'right' },
  { title: 'last' },
];

export function deliveriesTable(deliveries: readonly WebhookDelivery[]): string {
  const now = Date.now();
  const rows = deliveries.map((each) => [
    each.deliveryId,
    each.eventType,
    each.dispatchId,
    each.status,
    ago(each.createdAt, now),
    String(each.attempts.length),
    lastOf(each) ?? '',
  ]);
  return tableOr(COLUMNS, rows, 'No deliveries.');
}

export function describeDelivery(delivery: WebhookDelivery): string {
  return facts([
    ['delivery', delivery.deliveryId],
    ['event', delivery.eventType],
    ['dispatch', delivery.dispatchId],
    ['status', delivery.status],
    ['next try', delivery.nextAttemptAt],
    ['last', lastOf(delivery)],
  ]);
}

/** `Taken: answered 204, after 12 ms.` */
export function describeAttempt(attempt: WebhookAttempt): string {
  return `${attempt.error === undefined ? 'Taken' : 'Not taken'}: ${outcomeOf(attempt)}, after ${attempt.durationMs} ms.`;
}

function lastOf({ attempts }: WebhookDelivery): string | undefined {
  const last = attempts.at(-1);
  return last && outcomeOf(last);
}

function outcomeOf({ error, statusCode }: WebhookAttempt): string {
  return error === undefined ? `answered ${statusCode}` : plain(error);
}

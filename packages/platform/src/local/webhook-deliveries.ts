import { LIMITS } from '@outpost/contracts';
import { decodeCursor, encodeCursor } from '../paging/ulid-cursor.js';
import type { AttemptResult, DeliveryKey, StoredDelivery, WebhookKey, WebhookStore } from '../ports/index.js';
import type { Database } from './database.js';

interface DeliveryRow {
  readonly document: string;
}

/** Does nothing when it is there already. Also deletes what has expired by the time of this one, of all webhooks. */
export function insertDelivery(database: Database, delivery: StoredDelivery): void {
  const { tenantId, webhookId, deliveryId, nextAttemptAt = null, createdAt, ttl } = delivery;
  database.run('DELETE FROM webhook_deliveries WHERE ttl <= ?', Math.floor(Date.parse(createdAt) / 1_000));
  const sql = `
    INSERT INTO webhook_deliveries (tenantId, webhookId, deliveryId, nextAttemptAt, ttl, document)
    VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`;
  database.run(sql, tenantId, webhookId, deliveryId, nextAttemptAt, ttl, JSON.stringify(delivery));
}

export function findDelivery(
  database: Database,
  { tenantId, webhookId, deliveryId }: DeliveryKey,
): StoredDelivery | undefined {
  const sql =
    'SELECT document FROM webhook_deliveries WHERE webhookId = ? AND deliveryId = ? AND tenantId = ?';
  const row = database.one<DeliveryRow>(sql, webhookId, deliveryId, tenantId);
  return row && deliveryOf(row);
}

export function listDeliveries(
  database: Database,
  {
    tenantId,
    webhookId,
    limit,
    cursor,
  }: WebhookKey & { readonly limit: number; readonly cursor?: string | undefined },
): Awaited<ReturnType<WebhookStore['listDeliveries']>> {
  const before = cursor === undefined ? '~' : decodeCursor(cursor);
  // One more than asked for tells whether there is a next page.
  const rows = database.all<DeliveryRow>(
    `SELECT document FROM webhook_deliveries WHERE webhookId = ? AND deliveryId < ? AND tenantId = ?
     ORDER BY deliveryId DESC LIMIT ?`,
    webhookId,
    before,
    tenantId,
    limit + 1,
  );
  const deliveries = rows.slice(0, limit).map(deliveryOf);
  const last = deliveries.at(-1);
  const hasMore = rows.length > limit && last !== undefined;
  return { deliveries, nextCursor: hasMore ? encodeCursor(last.deliveryId) : undefined };
}

export function redeliver(database: Database, key: DeliveryKey, at: string): StoredDelivery | undefined {
  const delivery = findDelivery(database, key);
  if (delivery === undefined) return undefined;
  return writeDelivery(database, { ...delivery, status: 'pending', tries: 0, nextAttemptAt: at });
}

export function dueDeliveries(
  database: Database,
  { tenantId, webhookId, now, limit }: WebhookKey & { readonly now: string; readonly limit: number },
): readonly StoredDelivery[] {
  const sql = `
    SELECT document FROM webhook_deliveries INDEXED BY webhook_deliveries_by_due
    WHERE webhookId = ? AND nextAttemptAt <= ? AND tenantId = ? ORDER BY nextAttemptAt, deliveryId LIMIT ?`;
  return database.all<DeliveryRow>(sql, webhookId, now, tenantId, limit).map(deliveryOf);
}

export function recordAttempt(
  database: Database,
  delivery: StoredDelivery,
  { attempt, status, nextAttemptAt }: AttemptResult,
): void {
  const current = findDelivery(database, delivery);
  const isAsRead =
    current !== undefined &&
    current.tries === delivery.tries &&
    current.nextAttemptAt === delivery.nextAttemptAt;
  if (!isAsRead) return;
  const { nextAttemptAt: _, ...rest } = delivery;
  writeDelivery(database, {
    ...rest,
    status,
    attempts: [...delivery.attempts, attempt].slice(-LIMITS.webhookAttemptsKept),
    tries: delivery.tries + 1,
    ...(nextAttemptAt !== undefined && { nextAttemptAt }),
  });
}

function writeDelivery(database: Database, delivery: StoredDelivery): StoredDelivery {
  const { webhookId, deliveryId, nextAttemptAt = null } = delivery;
  const sql =
    'UPDATE webhook_deliveries SET nextAttemptAt = ?, document = ? WHERE webhookId = ? AND deliveryId = ?';
  database.run(sql, nextAttemptAt, JSON.stringify(delivery), webhookId, deliveryId);
  return delivery;
}

function deliveryOf({ document }: DeliveryRow): StoredDelivery {
  return JSON.parse(document) as StoredDelivery;
}

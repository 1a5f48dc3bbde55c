import type { WebhookKey, WebhookStore, StoredWebhook } from '../ports/index.js';
import type { Database } from './database.js';
import {
  dueDeliveries,
  findDelivery,
  insertDelivery,
  listDeliveries,
  recordAttempt,
  redeliver,
} from './webhook-deliveries.js';

interface WebhookRow {
  readonly document: string;
}

/** Its secrets lie in the database, which is for this user alone (0600). */
export function createLocalWebhookStore({ database }: { readonly database: Database }): WebhookStore {
  return {
    create: async (webhook, { max }) => database.transaction(() => insertWebhook(database, webhook, max)),
    get: async (key) => findWebhook(database, key),
    async list({ tenantId }) {
      const sql = 'SELECT document FROM webhooks WHERE tenantId = ? ORDER BY createdAt, webhookId';
      return database.all<WebhookRow>(sql, tenantId).map(webhookOf);
    },
    update: async ({ change, ...key }) =>
      database.transaction(() => {
        const webhook = findWebhook(database, key);
        if (webhook === undefined) return undefined;
        // A field of undefined is not in the document.
        const document = JSON.stringify({ ...webhook, ...change });
        const sql = 'UPDATE webhooks SET status = ?, document = ? WHERE tenantId = ? AND webhookId = ?';
        const { tenantId, webhookId } = key;
        database.run(sql, change.status ?? webhook.status, document, tenantId, webhookId);
        if (change.status !== undefined) wake(database, key, change.updatedAt ?? webhook.updatedAt);
        return findWebhook(database, key);
      }),
    remove: async ({ tenantId, webhookId }) =>
      database.transaction(() => {
        const sql = 'DELETE FROM webhooks WHERE tenantId = ? AND webhookId = ?';
        return database.run(sql, tenantId, webhookId) === 1;
      }),
    addDelivery: async (delivery) =>
      database.transaction(() => {
        // What was deleted meanwhile is sent nothing.
        if (findWebhook(database, delivery) === undefined) return;
        insertDelivery(database, delivery);
        if (delivery.nextAttemptAt !== undefined) wake(database, delivery, delivery.nextAttemptAt);
      }),
    getDelivery: async (key) => findDelivery(database, key),
    listDeliveries: async (params) => listDeliveries(database, params),
    redeliver: async ({ at, ...key }) =>
      database.transaction(() => {
        const delivery = redeliver(database, key, at);
        if (delivery !== undefined) wake(database, key, at);
        return delivery;
      }),
    claimDue: async (params) => database.transaction(() => claimDue(database, params)),
    dueDeliveries: async (params) => dueDeliveries(database, params),
    recordAttempt: async (delivery, result) =>
      database.transaction(() => recordAttempt(database, delivery, result)),
    release: async (params) => database.transaction(() => release(database, params)),
  };
}

function insertWebhook(database: Database, webhook: StoredWebhook, max: number): boolean {
  const { tenantId, webhookId, createdAt, status } = webhook;
  const counted = database.one<{ webhooks: number }>(
    'SELECT count(*) AS webhooks FROM webhooks WHERE tenantId = ?',
    tenantId,
  );
  if ((counted?.webhooks ?? 0) >= max) return false;
  database.run(
    'INSERT INTO webhooks (tenantId, webhookId, createdAt, status, document) VALUES (?, ?, ?, ?, ?)',
    tenantId,
    webhookId,
    createdAt,
    status,
    JSON.stringify(webhook),
  );
  return true;
}

function findWebhook(database: Database, { tenantId, webhookId }: WebhookKey): StoredWebhook | undefined {
  const sql = 'SELECT document FROM webhooks WHERE tenantId = ? AND webhookId = ?';
  const row = database.one<WebhookRow>(sql, tenantId, webhookId);
  return row && webhookOf(row);
}

function webhookOf({ document }: WebhookRow): StoredWebhook {
  return JSON.parse(document) as StoredWebhook;
}

/** It is due at `at`, if that is sooner than it is due already. One that is disabled is found by nobody. */
function wake(database: Database, { tenantId, webhookId }: WebhookKey, at: string): void {
  const sql = 'UPDATE webhooks SET dueAt = min(coalesce(dueAt, ?), ?) WHERE tenantId = ? AND webhookId = ?';
  database.run(sql, at, at, tenantId, webhookId);
}

function claimDue(
  database: Database,
  { now, leaseUntil, holder, limit }: Parameters<WebhookStore['claimDue']>[0],
): readonly StoredWebhook[] {
  const webhooks = database
    .all<WebhookRow>(
      `SELECT document FROM webhooks INDEXED BY webhooks_by_due
       WHERE status = 'active' AND dueAt <= ? AND (leaseUntil IS NULL OR leaseUntil <= ?)
       ORDER BY dueAt, webhookId LIMIT ?`,
      now,
      now,
      limit,
    )
    .map(webhookOf);
  const sql = 'UPDATE webhooks SET holder = ?, leaseUntil = ? WHERE tenantId = ? AND webhookId = ?';
  for (const { tenantId, webhookId } of webhooks) database.run(sql, holder, leaseUntil, tenantId, webhookId);
  return webhooks;
}

function release(
  database: Database,
  { tenantId, webhookId, holder, notBefore }: Parameters<WebhookStore['release']>[0],
): void {
  database.run(
    `UPDATE webhooks SET holder = NULL, leaseUntil = ?, dueAt = max(?, (
       SELECT min(nextAttemptAt) FROM webhook_deliveries WHERE webhook_deliveries.webhookId = webhooks.webhookId))
     WHERE tenantId = ? AND webhookId = ? AND holder = ?`,
    notBefore,
    notBefore,
    tenantId,
    webhookId,
    holder,
  );
}

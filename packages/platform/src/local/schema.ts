/**
 * Columns are what is searched or unique; the rest of a record is its JSON document. Slots are counted from `status`,
 * never stored, so none can leak.
 */
export const INITIAL_SCHEMA = `
  CREATE TABLE schema_migrations (
    version INTEGER PRIMARY KEY,
    appliedAt TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP
  ) STRICT;

  CREATE TABLE dispatches (
    tenantId TEXT NOT NULL,
    dispatchId TEXT NOT NULL,
    status TEXT NOT NULL,
    agent TEXT NOT NULL,
    workspaceId TEXT NOT NULL,
    userId TEXT,
    repo TEXT,
    createdAt TEXT NOT NULL,
    document TEXT NOT NULL,
    PRIMARY KEY (tenantId, dispatchId)
  ) STRICT;
  CREATE INDEX dispatches_by_status ON dispatches (status, agent, tenantId, dispatchId, workspaceId);
  CREATE INDEX dispatches_by_tenant ON dispatches (tenantId, status, dispatchId, agent);
  CREATE INDEX dispatches_by_workspace ON dispatches (tenantId, workspaceId, status, dispatchId);
  CREATE INDEX dispatches_by_user ON dispatches (tenantId, userId, dispatchId);

  CREATE TABLE idempotency_keys (
    tenantId TEXT NOT NULL,
    key TEXT NOT NULL,
    requestHash TEXT NOT NULL,
    dispatchId TEXT NOT NULL,
    expiresAt INTEGER NOT NULL,
    PRIMARY KEY (tenantId, key),
    FOREIGN KEY (tenantId, dispatchId) REFERENCES dispatches (tenantId, dispatchId) ON DELETE CASCADE
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX idempotency_keys_by_expiry ON idempotency_keys (expiresAt);

  CREATE TABLE outbox (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    eventId TEXT NOT NULL UNIQUE,
    document TEXT NOT NULL
  ) STRICT;

  CREATE TABLE published_events (
    eventId TEXT PRIMARY KEY
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE api_keys (
    apiKeyId TEXT PRIMARY KEY,
    keyHash TEXT NOT NULL UNIQUE,
    tenantId TEXT NOT NULL,
    createdAt TEXT NOT NULL,
    document TEXT NOT NULL
  ) STRICT;
  CREATE INDEX api_keys_by_tenant ON api_keys (tenantId, createdAt, apiKeyId);

  CREATE TABLE workspaces (
    tenantId TEXT NOT NULL,
    workspaceId TEXT NOT NULL,
    expiresAtMs INTEGER NOT NULL,
    document TEXT NOT NULL,
    PRIMARY KEY (tenantId, workspaceId)
  ) STRICT;
  CREATE INDEX workspaces_by_expiry ON workspaces (expiresAtMs);

  CREATE TABLE tasks (
    clientToken TEXT PRIMARY KEY,
    taskArn TEXT NOT NULL UNIQUE,
    tenantId TEXT NOT NULL,
    dispatchId TEXT NOT NULL,
    state TEXT NOT NULL,
    launchedAtMs INTEGER NOT NULL,
    launcherPid INTEGER NOT NULL,
    launcherStartedAt TEXT NOT NULL,
    pid INTEGER,
    processStartedAt TEXT,
    exitCode INTEGER,
    signal TEXT,
    stoppedReason TEXT
  ) STRICT;
  CREATE INDEX tasks_by_dispatch ON tasks (dispatchId, state);
`;

export const AUDIT_SCHEMA = `
  CREATE TABLE audit_entries (
    tenantId TEXT NOT NULL,
    auditId TEXT NOT NULL,
    action TEXT NOT NULL,
    ttl INTEGER NOT NULL,
    document TEXT NOT NULL,
    PRIMARY KEY (tenantId, auditId)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX audit_entries_by_action ON audit_entries (tenantId, action, auditId);
  CREATE INDEX audit_entries_by_expiry ON audit_entries (ttl);
`;

/**
 * The queue has to answer in the same time however long it is. So a dispatch carries a mark while it stands in the line
 * of its tenant and agent (of those that wait for one workspace only the first does), and each line's length is kept,
 * in the transaction that changes it. Slots are still counted, never stored.
 */
export const SCHEDULING_SCHEMA = `
  ALTER TABLE dispatches ADD COLUMN isInLine INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE dispatches ADD COLUMN ttl INTEGER NOT NULL DEFAULT 0;
  UPDATE dispatches SET ttl = document ->> 'ttl';
  UPDATE dispatches SET isInLine = 1 WHERE status = 'QUEUED' AND NOT EXISTS (
    SELECT 1 FROM dispatches AS earlier
    WHERE earlier.tenantId = dispatches.tenantId AND earlier.workspaceId = dispatches.workspaceId
      AND earlier.status = 'QUEUED' AND earlier.dispatchId < dispatches.dispatchId);
  CREATE INDEX dispatches_in_line ON dispatches (agent, tenantId, dispatchId, workspaceId) WHERE isInLine = 1;
  CREATE UNIQUE INDEX dispatches_first_of_workspace ON dispatches (tenantId, workspaceId) WHERE isInLine = 1;
  CREATE INDEX dispatches_by_expiry ON dispatches (ttl, dispatchId)
    WHERE status IN ('COMPLETED', 'FAILED', 'TIMEOUT', 'CANCELLED');

  CREATE TABLE queue_lines (
    agent TEXT NOT NULL,
    tenantId TEXT NOT NULL,
    waiting INTEGER NOT NULL CHECK (waiting >= 0),
    PRIMARY KEY (agent, tenantId)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX queue_lines_by_tenant ON queue_lines (tenantId, agent, waiting);
  INSERT INTO queue_lines (agent, tenantId, waiting)
    SELECT agent, tenantId, count(*) FROM dispatches WHERE status = 'QUEUED' GROUP BY agent, tenantId;

  CREATE TABLE tenant_starts (
    tenantId TEXT PRIMARY KEY,
    lastStartAt TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE leases (
    name TEXT PRIMARY KEY,
    holder TEXT NOT NULL,
    expiresAtMs INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;

  CREATE INDEX idempotency_keys_by_dispatch ON idempotency_keys (tenantId, dispatchId);
  ALTER TABLE idempotency_keys ADD COLUMN acceptedAs TEXT NOT NULL DEFAULT 'PENDING';
  UPDATE idempotency_keys SET acceptedAs = 'QUEUED' WHERE EXISTS (
    SELECT 1 FROM dispatches
    WHERE dispatches.tenantId = idempotency_keys.tenantId
      AND dispatches.dispatchId = idempotency_keys.dispatchId AND dispatches.status = 'QUEUED');

  UPDATE dispatches
    SET document = json_remove(
      json_set(document, '$.attempt', (document ->> 'launches') + 1), '$.launches')
    WHERE document ->> 'launches' IS NOT NULL;
  UPDATE dispatches
    SET document = json_set(document, '$.pendingAt', document ->> 'startedAt')
    WHERE status = 'RUNNING' AND document ->> 'pendingAt' IS NULL;
  INSERT INTO tenant_starts (tenantId, lastStartAt)
    SELECT tenantId, max(coalesce(document ->> 'pendingAt', document ->> 'startedAt')) FROM dispatches
    WHERE coalesce(document ->> 'pendingAt', document ->> 'startedAt') IS NOT NULL GROUP BY tenantId;
`;

/** A warm worker's task stands for it until it has a dispatch: then it is found, and cleaned up after, by that. */
export const WARM_WORKERS_SCHEMA = `
  CREATE TABLE workers (
    workerId TEXT PRIMARY KEY,
    agent TEXT NOT NULL,
    tier TEXT NOT NULL,
    state TEXT NOT NULL,
    changedAt TEXT NOT NULL,
    taskArn TEXT,
    tenantId TEXT,
    dispatchId TEXT
  ) STRICT, WITHOUT ROWID;

  ALTER TABLE tasks ADD COLUMN workerId TEXT;
  CREATE INDEX tasks_unfinished ON tasks (launchedAtMs) WHERE state <> 'STOPPED';
`;

export const TENANTS_SCHEMA = `
  CREATE TABLE tenants (
    tenantId TEXT PRIMARY KEY,
    document TEXT NOT NULL
  ) STRICT;

  CREATE TABLE spending (
    tenantId TEXT NOT NULL,
    month TEXT NOT NULL,
    dispatches INTEGER NOT NULL,
    costUsd REAL NOT NULL,
    PRIMARY KEY (tenantId, month)
  ) STRICT, WITHOUT ROWID;
`;

export const PROMOTIONS_SCHEMA = `
  CREATE TABLE promotions (
    tenantId TEXT NOT NULL,
    dispatchId TEXT NOT NULL,
    branch TEXT NOT NULL,
    version INTEGER NOT NULL,
    isDue INTEGER NOT NULL,
    document TEXT NOT NULL,
    PRIMARY KEY (tenantId, dispatchId, branch)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX promotions_due ON promotions (dispatchId) WHERE isDue = 1;
`;

export const OUTBOX_SCHEMA = `
  ALTER TABLE outbox ADD COLUMN dueAt TEXT NOT NULL DEFAULT '';
  ALTER TABLE outbox ADD COLUMN isPublished INTEGER NOT NULL DEFAULT 0;
  UPDATE outbox SET dueAt = document ->> 'occurredAt';
  CREATE INDEX outbox_by_due ON outbox (dueAt, sequence);
`;

/** A webhook is due at the next time that something is to be sent to it; who sends has its lease. */
export const WEBHOOKS_SCHEMA = `
  CREATE TABLE webhooks (
    tenantId TEXT NOT NULL,
    webhookId TEXT NOT NULL UNIQUE,
    createdAt TEXT NOT NULL,
    status TEXT NOT NULL,
    dueAt TEXT,
    holder TEXT,
    leaseUntil TEXT,
    document TEXT NOT NULL,
    PRIMARY KEY (tenantId, webhookId)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX webhooks_by_due ON webhooks (dueAt, webhookId) WHERE status = 'active';

  CREATE TABLE webhook_deliveries (
    tenantId TEXT NOT NULL,
    webhookId TEXT NOT NULL REFERENCES webhooks (webhookId) ON DELETE CASCADE,
    deliveryId TEXT NOT NULL,
    nextAttemptAt TEXT,
    ttl INTEGER NOT NULL,
    document TEXT NOT NULL,
    PRIMARY KEY (webhookId, deliveryId)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX webhook_deliveries_by_due ON webhook_deliveries (webhookId, nextAttemptAt)
    WHERE nextAttemptAt IS NOT NULL;
  CREATE INDEX webhook_deliveries_by_expiry ON webhook_deliveries (ttl);
`;

export const COUNTERS_SCHEMA = `
  CREATE TABLE counters (
    name TEXT PRIMARY KEY,
    count INTEGER NOT NULL,
    expiresAt INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX counters_by_expiry ON counters (expiresAt);
`;

export const CONTEXT_DOCUMENTS_SCHEMA = `
  CREATE TABLE contextDocuments (
    tenantId TEXT NOT NULL,
    name TEXT NOT NULL,
    content TEXT NOT NULL,
    updatedAt TEXT NOT NULL,
    PRIMARY KEY (tenantId, name)
  ) STRICT, WITHOUT ROWID;
`;

/** Whether a workspace was deleted is asked in the transaction that makes a dispatch; `usage` is what its last worker found. */
export const WORKSPACE_USE_SCHEMA = `
  ALTER TABLE workspaces ADD COLUMN lastUsedAt TEXT NOT NULL DEFAULT '';
  ALTER TABLE workspaces ADD COLUMN isDeleted INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE workspaces ADD COLUMN usage TEXT;
  ALTER TABLE workspaces ADD COLUMN archive TEXT;
  ALTER TABLE workspaces ADD COLUMN generation INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE workspaces ADD COLUMN volumeGeneration INTEGER NOT NULL DEFAULT 0;
  UPDATE workspaces SET lastUsedAt = document ->> 'lastUsedAt';
  CREATE INDEX workspaces_by_use ON workspaces (tenantId, lastUsedAt, workspaceId) WHERE isDeleted = 0;
`;

import type { DatabaseSync } from 'node:sqlite';
import {
  AUDIT_SCHEMA,
  CONTEXT_DOCUMENTS_SCHEMA,
  COUNTERS_SCHEMA,
  INITIAL_SCHEMA,
  OUTBOX_SCHEMA,
  PROMOTIONS_SCHEMA,
  SCHEDULING_SCHEMA,
  TENANTS_SCHEMA,
  WARM_WORKERS_SCHEMA,
  WEBHOOKS_SCHEMA,
  WORKSPACE_USE_SCHEMA,
} from './schema.js';

/** SQL that takes the schema from one version to the next. Its version is its place in the list, from 1. */
export type Migration = string;

/** Append only: a migration that was released is never edited. */
export const MIGRATIONS: readonly Migration[] = [
  INITIAL_SCHEMA,
  AUDIT_SCHEMA,
  SCHEDULING_SCHEMA,
  WARM_WORKERS_SCHEMA,
  TENANTS_SCHEMA,
  COUNTERS_SCHEMA,
  CONTEXT_DOCUMENTS_SCHEMA,
  PROMOTIONS_SCHEMA,
  WORKSPACE_USE_SCHEMA,
  OUTBOX_SCHEMA,
  WEBHOOKS_SCHEMA,
];

/**
 * Brings the database to the newest schema. Each migration is one transaction that looks at the version again, so
 * two processes may start on the same file at once.
 */
export function migrate(
  connection: DatabaseSync,
  options: { readonly path: string; readonly migrations: readonly Migration[] },
): void {
  let version = versionOf(connection);
  while (version < options.migrations.length) {
    migrateOnce(connection, options.migrations);
    version = versionOf(connection);
  }
  if (version > options.migrations.length) {
    throw new Error(
      `${options.path} was written by a newer Outpost (schema ${version}; this one knows ` +
        `${options.migrations.length}). Upgrade Outpost, or name another data directory.`,
    );
  }
}

function migrateOnce(connection: DatabaseSync, migrations: readonly Migration[]): void {
  connection.exec('BEGIN IMMEDIATE');
  try {
    const version = versionOf(connection) + 1;
    const migration = migrations[version - 1];
    if (migration !== undefined) {
      connection.exec(migration);
      connection.prepare('INSERT INTO schema_migrations (version) VALUES (?)').run(version);
    }
    connection.exec('COMMIT');
  } catch (error) {
    if (connection.isTransaction) connection.exec('ROLLBACK');
    throw error;
  }
}

function versionOf(connection: DatabaseSync): number {
  const table = connection.prepare(
    "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'schema_migrations'",
  );
  if (table.get() === undefined) return 0;
  const row = connection.prepare('SELECT coalesce(max(version), 0) AS version FROM schema_migrations').get();
  return Number(row?.['version'] ?? 0);
}

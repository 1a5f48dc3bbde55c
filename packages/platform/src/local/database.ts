import { OutpostError } from '@outpost/contracts';
import { chmodSync, closeSync, openSync } from 'node:fs';
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import { MIGRATIONS, migrate, type Migration } from './migrations.js';
import { isBusy, isClosed, isSqliteFailure } from './sqlite-errors.js';

/** How long a writer waits for another process's transaction. */
const BUSY_TIMEOUT_MS = 5_000;

const WAL_ATTEMPTS = 250;
const WAL_RETRY_MS = 20;

/** One connection. Transactions are synchronous, so within a process they never interleave. */
export interface Database {
  one<Row>(sql: string, ...values: SQLInputValue[]): Row | undefined;
  all<Row>(sql: string, ...values: SQLInputValue[]): Row[];
  /** How many rows were changed. */
  run(sql: string, ...values: SQLInputValue[]): number;
  /** Takes the write lock first, so what `work` reads cannot change before it writes. Not to be nested. */
  transaction<T>(work: () => T): T;
  close(): void;
}

export interface OpenDatabaseOptions {
  readonly path: string;
  readonly busyTimeoutMs?: number;
  readonly migrations?: readonly Migration[];
}

/** Opens the database, made if need be (0600), at the newest schema. `:memory:` is one of its own, gone when it is closed. */
export function openDatabase(options: OpenDatabaseOptions): Database {
  const { path, busyTimeoutMs = BUSY_TIMEOUT_MS, migrations = MIGRATIONS } = options;
  if (path !== ':memory:') makeFile(path);
  return answering(() => {
    const connection = new DatabaseSync(path, { timeout: busyTimeoutMs, enableForeignKeyConstraints: true });
    try {
      useWriteAheadLog(connection);
      connection.exec('PRAGMA synchronous = FULL');
      migrate(connection, { path, migrations });
    } catch (error) {
      connection.close();
      throw error;
    }
    return databaseOn(connection);
  });
}

/** SQLite gives the -wal and -shm files the mode of the database. */
function makeFile(path: string): void {
  closeSync(openSync(path, 'a', 0o600));
  chmodSync(path, 0o600);
}

function databaseOn(connection: DatabaseSync): Database {
  const statements = new Map<string, StatementSync>();
  const prepare = (sql: string): StatementSync => {
    const known = statements.get(sql);
    if (known !== undefined) return known;
    const statement = connection.prepare(sql);
    statements.set(sql, statement);
    return statement;
  };
  return {
    one: <Row>(sql: string, ...values: SQLInputValue[]) =>
      answering(() => prepare(sql).get(...values) as Row | undefined),
    all: <Row>(sql: string, ...values: SQLInputValue[]) =>
      answering(() => prepare(sql).all(...values) as Row[]),
    run: (sql, ...values) => answering(() => Number(prepare(sql).run(...values).changes)),
    transaction: (work) => answering(() => inTransaction(connection, work)),
    close: () => {
      if (connection.isOpen) connection.close();
    },
  };
}

function inTransaction<T>(connection: DatabaseSync, work: () => T): T {
  connection.exec('BEGIN IMMEDIATE');
  try {
    const result = work();
    connection.exec('COMMIT');
    return result;
  } catch (error) {
    // After some I/O errors SQLite has rolled back by itself.
    if (connection.isTransaction) connection.exec('ROLLBACK');
    throw error;
  }
}

/** A store that does not answer is the caller's to retry; a broken statement or constraint is a fault of this code. */
function answering<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!isSqliteFailure(error) && !isClosed(error)) throw error;
    throw new OutpostError('SERVICE_UNAVAILABLE', 'The store does not answer.', {
      retryAfterSeconds: 1,
      cause: error,
    });
  }
}

/** When two processes change a new file to WAL at once, SQLite answers one of them SQLITE_BUSY without any wait. */
function useWriteAheadLog(connection: DatabaseSync): void {
  const sleeper = new Int32Array(new SharedArrayBuffer(4));
  for (let attempt = 1; ; attempt += 1) {
    try {
      connection.exec('PRAGMA journal_mode = WAL');
      return;
    } catch (error) {
      if (!isBusy(error) || attempt === WAL_ATTEMPTS) throw error;
      Atomics.wait(sleeper, 0, 0, WAL_RETRY_MS);
    }
  }
}

import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openDatabase, type Database } from './database.js';
import { MIGRATIONS } from './migrations.js';

const FIRST = 'CREATE TABLE schema_migrations (version INTEGER PRIMARY KEY); CREATE TABLE words (word TEXT)';
const SECOND = "ALTER TABLE words ADD COLUMN tone TEXT; INSERT INTO words VALUES ('new', 'plain')";

const start = async () => {
  const directory = await mkdtemp(join(tmpdir(), 'outpost-database-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  const path = join(directory, 'outpost.db');
  const open = (migrations: readonly string[] = MIGRATIONS): Database => {
    const database = openDatabase({ path, migrations, busyTimeoutMs: 100 });
    onTestFinished(() => database.close());
    return database;
  };
  return { path, open };
};

describe('the database', () => {
  it('is safe against the loss of power, and for many processes', async () => {
    const database = (await start()).open();
    expect(database.one('PRAGMA journal_mode')).toEqual({ journal_mode: 'wal' });
    expect(database.one('PRAGMA synchronous')).toEqual({ synchronous: 2 });
    expect(database.one('PRAGMA foreign_keys')).toEqual({ foreign_keys: 1 });
    expect(database.one('PRAGMA busy_timeout')).toEqual({ timeout: 100 });
  });

  it('runs each migration once, in their order', async () => {
    const { open } = await start();
    open([FIRST]).close();
    open([FIRST, SECOND]).close();
    const database = open([FIRST, SECOND]);
    expect(database.all('SELECT * FROM words')).toEqual([{ word: 'new', tone: 'plain' }]);
    expect(database.all('SELECT version FROM schema_migrations')).toEqual([{ version: 1 }, { version: 2 }]);
  });

  it('leaves nothing of a migration that fails', async () => {
    const { open } = await start();
    open([FIRST]).close();
    expect(() => open([FIRST, `${SECOND}; CREATE TABLE words (word TEXT)`])).toThrow('already exists');
    const database = open([FIRST]);
    expect(database.all('SELECT * FROM words')).toEqual([]);
    expect(database.all('SELECT version FROM schema_migrations')).toEqual([{ version: 1 }]);
  });

  it('refuses the database of a newer version, and says what to do', async () => {
    const { path, open } = await start();
    const newer = open();
    newer.run('INSERT INTO schema_migrations (version) VALUES (?)', MIGRATIONS.length + 1);
    newer.close();
    expect(() => open()).toThrow(
      `${path} was written by a newer Outpost (schema ${MIGRATIONS.length + 1}; this one knows ${MIGRATIONS.length}). Upgrade`,
    );
  });

  it('may be in memory: each is another, and no file is made', () => {
    const [one, other] = [0, 1].map(() => openDatabase({ path: ':memory:' }));
    onTestFinished(() => [one, other].forEach((database) => database?.close()));
    one?.run("INSERT INTO leases (name, holder, expiresAtMs) VALUES ('l', 'h', 1)");
    expect(one?.all('SELECT name FROM leases')).toEqual([{ name: 'l' }]);
    expect(other?.all('SELECT name FROM leases')).toEqual([]);
    expect(existsSync(':memory:')).toBe(false);
  });

  it('takes a transaction back when its work throws', async () => {
    const database = (await start()).open([FIRST]);
    const work = () => {
      database.run("INSERT INTO words VALUES ('lost')");
      throw new Error('on purpose');
    };
    expect(() => database.transaction(work)).toThrow('on purpose');
    expect(database.all('SELECT * FROM words')).toEqual([]);
    database.transaction(() => database.run("INSERT INTO words VALUES ('kept')"));
    expect(database.all('SELECT * FROM words')).toEqual([{ word: 'kept' }]);
  });

  it('does not answer while another holds the write lock for too long; reading goes on', async () => {
    const { path, open } = await start();
    const database = open([FIRST]);
    const other = new DatabaseSync(path);
    onTestFinished(() => other.close());
    other.exec('BEGIN IMMEDIATE');
    expect(() => database.transaction(() => 0)).toThrow(
      expect.objectContaining({ code: 'SERVICE_UNAVAILABLE' }),
    );
    expect(database.all('SELECT * FROM words')).toEqual([]);
    other.exec('ROLLBACK');
    expect(database.transaction(() => 'free')).toBe('free');
  });

  it('does not answer when the file is no database', async () => {
    const { path, open } = await start();
    await writeFile(
      path,
      'This is not a database, though it is longer than one of the headers that SQLite looks for.',
    );
    expect(() => open()).toThrow(expect.objectContaining({ code: 'SERVICE_UNAVAILABLE' }));
  });

  it('calls a fault in a statement what it is', async () => {
    const database = (await start()).open();
    expect(() => database.one('SELECT * FROM nowhere')).toThrow('no such table');
  });
});

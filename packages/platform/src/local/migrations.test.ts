import { DispatchRecordSchema, type DispatchRecord } from '@outpost/contracts';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { AMPLE, dispatchSpec, ending, TEST_AT } from '../testing/index.js';
import { openDatabase, type Database } from './database.js';
import { createLocalDispatchStore } from './dispatch-store.js';
import { MIGRATIONS } from './migrations.js';

const BEFORE_SCHEDULING = MIGRATIONS.slice(0, 2);
const STARTED = '2026-11-23T12:00:05.000Z';
const WORKSPACE = {
  workspaceId: '3f2b8c1e-0f39-4b5a-9d3e-2d6f0c8b7a10',
  workspaceMode: 'persistent',
} as const;

describe('a database of before attempts and lines', () => {
  let path: string;
  beforeEach(async () => {
    const directory = await mkdtemp(join(tmpdir(), 'outpost-migrations-'));
    path = join(directory, 'outpost.db');
    return () => rm(directory, { recursive: true, force: true });
  });

  const migrated = (write: (old: Database) => void) => {
    const old = openDatabase({ path, migrations: BEFORE_SCHEDULING });
    write(old);
    old.close();
    const database = openDatabase({ path });
    onTestFinished(() => database.close());
    return createLocalDispatchStore({ database });
  };

  it('turns launches into attempts, whatever else a record holds', async () => {
    const task = 'Zäh\u2028\u{1F680}\u0000\n"\\ {"launches":7}';
    const run = { startedAt: STARTED, heartbeatAt: STARTED, stage: 'run', taskArn: 't/1' };
    const end = { completedAt: STARTED, exitCode: 0, errorMessage: null };
    const specs = ['PENDING', 'RUNNING', 'COMPLETED', 'CANCELLED'].map(() => dispatchSpec({ task }));
    const store = migrated((old) => {
      insert(old, { ...specs[0], status: 'PENDING', pendingAt: TEST_AT, launches: 0 });
      insert(old, { ...specs[1], status: 'RUNNING', ...run, launches: 2 });
      insert(old, {
        ...specs[2],
        status: 'COMPLETED',
        startedAt: STARTED,
        taskArn: 't/1',
        ...end,
        launches: 1,
      });
      insert(old, { ...specs[3], status: 'CANCELLED', ...end });
    });
    const records = await Promise.all(specs.map((spec) => store.get(spec)));
    expect(records).toEqual([
      { ...specs[0], status: 'PENDING', pendingAt: TEST_AT, attempt: 1 },
      { ...specs[1], status: 'RUNNING', pendingAt: STARTED, ...run, attempt: 3 },
      { ...specs[2], status: 'COMPLETED', startedAt: STARTED, taskArn: 't/1', ...end, attempt: 2 },
      { ...specs[3], status: 'CANCELLED', ...end },
    ]);
    for (const record of records) expect(DispatchRecordSchema.parse(record)).toEqual(record);
    expect((await store.slotUsage({ tenantIds: ['acme', 'globex'] })).lastStartAt).toEqual({ acme: STARTED });
    const { ttl } = specs[0]!;
    expect(await store.listExpired({ now: ttl + 1, limit: 9 })).toEqual(records.slice(2));
  });

  it('puts those that wait into their lines, of each workspace the first', async () => {
    const waiting = (spec: Parameters<typeof dispatchSpec>[0] = {}) =>
      ({ ...dispatchSpec(spec), status: 'QUEUED' }) as const;
    const holder = dispatchSpec(WORKSPACE);
    const first = waiting(WORKSPACE);
    const second = waiting({ ...WORKSPACE, agent: 'codex' });
    const plain = [waiting(), waiting()] as const;
    const foreign = waiting({ ...WORKSPACE, tenantId: 'globex' });
    const store = migrated((old) => {
      insert(old, { ...holder, status: 'PENDING', pendingAt: TEST_AT, launches: 0 });
      for (const record of [second, foreign, plain[1], first, plain[0]]) insert(old, record);
    });
    const heads = async () => (await store.queueHeads({ perLine: 9 })).map(({ dispatchId }) => dispatchId);
    const idsOf = (...records: readonly DispatchRecord[]) => records.map(({ dispatchId }) => dispatchId);
    expect(await heads()).toEqual(idsOf(...plain, foreign));
    await store.move({ ...holder, move: ending('CANCELLED') });
    expect(await heads()).toEqual(idsOf(first, ...plain, foreign));
    await store.move({ ...first, move: ending('CANCELLED') });
    expect(await heads()).toEqual(idsOf(second, ...plain, foreign));
    expect(await store.countQueued({ tenantId: 'acme' })).toEqual({ claude: 2, codex: 1 });
    expect(await store.queuePlace({ ...plain[1], limit: 9 })).toEqual({ ahead: 1, others: [1] });
    for (const record of [second, ...plain, foreign]) {
      expect(await store.admit({ ...record, at: TEST_AT, limits: AMPLE })).toMatchObject({
        outcome: 'moved',
      });
    }
    expect(await heads()).toEqual([]);
    expect(await store.countQueued({ tenantId: 'acme' })).toEqual({});
  });

  it('keeps idempotency keys, with what is known of how their dispatch was accepted', async () => {
    const queued = dispatchSpec();
    const pending = dispatchSpec();
    const store = migrated((old) => {
      insert(old, { ...queued, status: 'QUEUED' });
      insert(old, { ...pending, status: 'PENDING', pendingAt: TEST_AT, launches: 0 });
      const sql = `INSERT INTO idempotency_keys (tenantId, key, requestHash, dispatchId, expiresAt)
        VALUES ('acme', ?, 'hash', ?, 10)`;
      old.run(sql, 'q', queued.dispatchId);
      old.run(sql, 'p', pending.dispatchId);
    });
    const found = await Promise.all(
      ['q', 'p'].map((key) => store.findByIdempotencyKey({ tenantId: 'acme', key, now: 1 })),
    );
    expect(found).toEqual([
      { dispatchId: queued.dispatchId, requestHash: 'hash', acceptedAs: 'QUEUED' },
      { dispatchId: pending.dispatchId, requestHash: 'hash', acceptedAs: 'PENDING' },
    ]);
  });
});

type OldRecord = ReturnType<typeof dispatchSpec> & { readonly status: string } & Readonly<
    Record<string, unknown>
  >;

function insert(database: Database, record: Partial<OldRecord>): void {
  const { tenantId, dispatchId, status, agent, workspaceId, createdAt } = record as OldRecord;
  database.run(
    `INSERT INTO dispatches (tenantId, dispatchId, status, agent, workspaceId, createdAt, document)
     VALUES (?, ?, ?, ?, ?, ?, ?)`,
    tenantId,
    dispatchId,
    status,
    agent,
    workspaceId,
    createdAt,
    JSON.stringify(record),
  );
}

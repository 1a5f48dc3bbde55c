import { existsSync, writeFileSync } from 'node:fs';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { runInChild } from '../testing/child-node.js';
import { createTemporaryLocalPlatform, TEST_AT } from '../testing/index.js';
import { openDatabase } from './database.js';

const LOCAL = new URL('./index.ts', import.meta.url).href;
const DATABASE = new URL('./database.ts', import.meta.url).href;
const TESTING = new URL('../testing/fixtures.ts', import.meta.url).href;
const PROCESSES = 4;
const PATIENCE_MS = 60_000;

/**
 * Opens the data directory when all others are as far, and runs `work` with `platform` and the fixtures; prints what
 * `work` returns.
 */
const contender = (work: string): string => `
  import { existsSync, writeFileSync } from 'node:fs';
  import { createLocalControlPlatform, createLocalWorkerPlatform } from ${JSON.stringify(LOCAL)};
  import { openDatabase } from ${JSON.stringify(DATABASE)};
  import * as fixtures from ${JSON.stringify(TESTING)};
  const [dataDir, index] = process.argv.slice(1);
  const options = {
    dataDir,
    clock: Date,
    environment: {},
    executables: { commands: {}, agentsDir: dataDir, path: '' },
    worker: { command: [process.execPath], env: {}, stopGraceMs: 1 },
  };
  writeFileSync(dataDir + '-ready-' + index, '');
  const pause = new Int32Array(new SharedArrayBuffer(4));
  while (!existsSync(dataDir + '-go')) Atomics.wait(pause, 0, 0, 1);
  const platform = createLocalControlPlatform(options);
  const work = async () => { ${work} };
  console.log(JSON.stringify(await work()));
  await platform.close();
`;

const start = async () => {
  const local = await createTemporaryLocalPlatform();
  onTestFinished(local.cleanup);
  const race = async (work: string): Promise<unknown[]> => {
    const children = Array.from({ length: PROCESSES }, (_, index) =>
      runInChild(contender(work), [local.dataDir, `${index}`]),
    );
    for (const child of children) onTestFinished(() => child.kill());
    const isReady = (index: number) => existsSync(`${local.dataDir}-ready-${index}`);
    await vi.waitFor(() => expect(children.every((_, index) => isReady(index))).toBe(true), {
      timeout: PATIENCE_MS,
    });
    writeFileSync(`${local.dataDir}-go`, '');
    return Promise.all(children.map(async ({ output }) => JSON.parse(await output) as unknown));
  };
  return { ...local, race };
};

// Each process has to load first, which takes long on a busy machine.
describe('processes on one data directory', { timeout: PATIENCE_MS }, () => {
  it('may open it at once, when it is new', async () => {
    const { race } = await start();
    const versions = await race(`
      for (let round = 0; round < 20; round += 1) {
        openDatabase({ path: dataDir + '-' + round }).close();
      }
      return 'open';
    `);
    expect(versions).toEqual(Array.from({ length: PROCESSES }, () => 'open'));
  });

  it('wait for one that is making it, where SQLite itself would not', async () => {
    const { dataDir } = await start();
    const path = `${dataDir}.db`;
    const holder = runInChild(
      `import { DatabaseSync } from 'node:sqlite';
       import { writeFileSync } from 'node:fs';
       const [path] = process.argv.slice(1);
       const database = new DatabaseSync(path);
       database.exec('CREATE TABLE held (x); BEGIN EXCLUSIVE');
       writeFileSync(path + '-held', '');
       setTimeout(() => database.exec('COMMIT'), 300);`,
      [path],
    );
    onTestFinished(() => holder.kill());
    await vi.waitFor(() => expect(existsSync(`${path}-held`)).toBe(true), { timeout: PATIENCE_MS });
    const database = openDatabase({ path, busyTimeoutMs: 0 });
    onTestFinished(() => database.close());
    expect(database.one('PRAGMA journal_mode')).toEqual({ journal_mode: 'wal' });
  });

  it('lose no write and give out no slot twice', async () => {
    const { race, open } = await start();
    const results = await race(`
      const outcomes = [];
      for (let round = 0; round < 20; round += 1) {
        const result = await platform.dispatches.create(
          fixtures.creation({ dispatchId: fixtures.newDispatchId(Date.now()) }, { limits: { perAgent: 7, perTenant: 99 } }),
        );
        outcomes.push(result.record.status);
      }
      return outcomes;
    `);
    const statuses = results.flat();
    expect(statuses).toHaveLength(PROCESSES * 20);
    expect(statuses.filter((status) => status === 'PENDING')).toHaveLength(7);
    const platform = open();
    expect(await platform.dispatches.slotUsage({ tenantIds: ['acme', 'globex'] })).toEqual({
      byAgent: { claude: 7 },
      byTenant: { acme: 7 },
      lastStartAt: { acme: TEST_AT },
    });
    expect(await platform.dispatches.countQueued({ tenantId: 'acme' })).toEqual({
      claude: PROCESSES * 20 - 7,
    });
  });

  it('make one dispatch of one idempotency key', async () => {
    const { race } = await start();
    const results = await race(`
      const result = await platform.dispatches.create(
        fixtures.creation({ dispatchId: fixtures.newDispatchId(Date.now()) }, { idempotency: fixtures.idempotency('k') }),
      );
      return [result.outcome, result.record.dispatchId];
    `);
    const made = results as [string, string][];
    expect(made.map(([outcome]) => outcome).toSorted()).toEqual([
      'created',
      ...Array.from({ length: PROCESSES - 1 }, () => 'replayed'),
    ]);
    expect(new Set(made.map(([, dispatchId]) => dispatchId)).size).toBe(1);
  });

  it('sign with one key', async () => {
    const { race } = await start();
    const urls = await race(`
      const clock = { now: () => 0 };
      const other = createLocalControlPlatform({ ...options, clock });
      const key = { tenantId: 'acme', dispatchId: 'shared', name: 'task.md' };
      return other.artifacts.createDownloadUrl({ ...key, expiresInSeconds: 60 });
    `);
    expect(new Set(urls).size).toBe(1);
  });

  it('write their log lines whole', async () => {
    const { race, open } = await start();
    await race(`
      const key = { tenantId: 'acme', dispatchId: 'shared' };
      const worker = createLocalWorkerPlatform({ ...options, work: key });
      for (let line = 0; line < 50; line += 1) {
        await worker.logs.append({ ...key, lines: [{ at: fixtures.TEST_AT, kind: 'text', text: index.repeat(5_000) }] });
      }
      return 0;
    `);
    const lines = await open().logs.tail({ tenantId: 'acme', dispatchId: 'shared', limit: 1_000 });
    expect(lines).toHaveLength(PROCESSES * 50);
    expect(lines.every(({ text }) => text.length === 5_000 && new Set(text).size === 1)).toBe(true);
  });
});

import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { expect, it, onTestFinished } from 'vitest';
import { createTemporaryLocalPlatform, newDispatchId } from '../testing/index.js';
import { createLocalAssignments } from './assignments.js';
import { openDatabase } from './database.js';
import { encodeDelivery } from './delivered-secrets.js';
import { createWorkerTable } from './worker-table.js';

const AT = '2026-11-23T12:00:00.000Z';
const WORKER = { workerId: 'w', agent: 'claude', tier: 'fast', at: AT } as const;

const dispatch = () => ({ tenantId: 'acme', dispatchId: newDispatchId() });
const lineOf = (key: ReturnType<typeof dispatch>) => `${encodeDelivery({ ...key, secrets: [] })}\n`;

/** A worker that is started, and a stdin that the test writes. */
async function start() {
  const local = await createTemporaryLocalPlatform();
  onTestFinished(local.cleanup);
  await local.open().ping();
  const database = openDatabase({ path: join(local.dataDir, 'outpost.db') });
  onTestFinished(() => database.close());
  const table = createWorkerTable(database);
  table.add(WORKER);
  const stdin = new PassThrough();
  const assignments = createLocalAssignments({ database, clock: local.clock, workerId: 'w', stdin });
  return { table, stdin, next: () => assignments.next({ signal: new AbortController().signal }) };
}

it('does not start what its row does not say, or says no more', async () => {
  const { table, stdin, next } = await start();
  const [stale, foreign, right] = [dispatch(), { ...dispatch(), tenantId: 'globex' }, dispatch()];
  const given = next();
  table.moveToBusy({ workerId: 'w', ...right, at: AT });
  for (const key of [stale, { ...foreign, dispatchId: right.dispatchId }, right]) stdin.write(lineOf(key));
  expect(await given).toMatchObject(right);
});

it('does not start what was taken back', async () => {
  const { table, stdin, next } = await start();
  const given = next();
  const key = dispatch();
  table.moveToBusy({ workerId: 'w', ...key, at: AT });
  table.moveToStopping({ workerId: 'w', at: AT, evenIfBusy: true });
  stdin.end(lineOf(key));
  expect(await given).toBeUndefined();
});

it.each(['STARTING', 'BUSY'])('does not wait once it was told to end: %s', async (state) => {
  const { table, stdin, next } = await start();
  if (state === 'BUSY') {
    const given = next();
    const key = dispatch();
    table.moveToBusy({ workerId: 'w', ...key, at: AT });
    stdin.write(lineOf(key));
    expect(await given).toMatchObject(key);
  }
  table.moveToStopping({ workerId: 'w', at: AT, evenIfBusy: true });
  expect(await next()).toBeUndefined();
  expect(table.list()).toMatchObject([{ state: 'STOPPING' }]);
});

it('takes what it was given, however it is cut', async () => {
  const { table, stdin, next } = await start();
  const given = next();
  const key = { ...dispatch(), secrets: [{ reference: { kind: 'github' } as const, value: 'ä\u2028\n🚀' }] };
  table.moveToBusy({ workerId: 'w', ...key, at: AT });
  for (const byte of Buffer.from(`${encodeDelivery(key)}\n`)) stdin.write(Buffer.from([byte]));
  const assignment = await given;
  expect(await assignment?.secrets.get({ tenantId: 'acme', reference: { kind: 'github' } })).toBe(
    'ä\u2028\n🚀',
  );
});

it('does not take half of a delivery', async () => {
  const { table, stdin, next } = await start();
  const given = next();
  const key = dispatch();
  table.moveToBusy({ workerId: 'w', ...key, at: AT });
  stdin.end(lineOf(key).trimEnd());
  expect(await given).toBeUndefined();
  expect(table.list()).toMatchObject([{ state: 'STOPPING' }]);
});

it('does not guess what a line means that is no delivery', async () => {
  const { stdin, next } = await start();
  const given = next();
  stdin.write('{"dispatchId":"hidden"}\n');
  await expect(given).rejects.toThrow('is not outpost-secrets/1');
});

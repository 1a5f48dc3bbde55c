import type { LogLine } from '@outpost/contracts';
import { existsSync } from 'node:fs';
import { appendFile, mkdir, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createTemporaryLocalPlatform, newDispatchId, TEST_AT } from '../testing/index.js';

const line = (text: string): LogLine => ({ at: TEST_AT, kind: 'text', text });

const start = async () => {
  const local = await createTemporaryLocalPlatform();
  onTestFinished(local.cleanup);
  const key = { tenantId: 'acme', dispatchId: newDispatchId() };
  const path = join(local.dataDir, 'logs', 'acme', `${key.dispatchId}.jsonl`);
  const { logs } = local.openWorker();
  const reader = local.open().logs;
  return {
    logs: { append: logs.append, read: reader.read, tail: reader.tail },
    remove: reader.remove,
    key,
    path,
  };
};

describe('a local log that a crash cut off in a line', () => {
  it('does not show the half line', async () => {
    const { logs, key, path } = await start();
    await logs.append({ ...key, lines: [line('whole')] });
    const { nextCursor } = await logs.read({ ...key, limit: 9 });
    await appendFile(path, '{"at":"2026-11-23T12:00:00.000Z","kind":"te');
    const chunk = await logs.read({ ...key, limit: 9 });
    expect(chunk).toMatchObject({ entries: [{ line: line('whole') }], nextCursor, atEnd: true });
    expect(await logs.tail({ ...key, limit: 9 })).toEqual([line('whole')]);
  });

  it('goes on with a line of its own, for whoever read before the crash, too', async () => {
    const { logs, key, path } = await start();
    await logs.append({ ...key, lines: [line('before')] });
    const { nextCursor } = await logs.read({ ...key, limit: 9 });
    await appendFile(path, '{"at":"2026-11-23T12:00:00.000Z","kind":"te');
    await logs.append({ ...key, lines: [line('after'), line('last')] });
    const rest = await logs.read({ ...key, cursor: nextCursor, limit: 1 });
    expect(rest).toMatchObject({ entries: [{ line: line('after') }], atEnd: false });
    const all = await logs.read({ ...key, limit: 9 });
    expect(all.entries.map((entry) => entry.line.text)).toEqual(['before', 'after', 'last']);
    expect(await logs.tail({ ...key, limit: 2 })).toEqual([line('after'), line('last')]);
  });

  it('shows no line of which only the newline is missing, until it is there', async () => {
    const { logs, key, path } = await start();
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, JSON.stringify(line('cut')));
    expect((await logs.read({ ...key, limit: 9 })).entries).toEqual([]);
    await logs.append({ ...key, lines: [line('next')] });
    expect((await logs.read({ ...key, limit: 9 })).entries.map((entry) => entry.line)).toEqual([
      line('cut'),
      line('next'),
    ]);
  });
});

describe('a cursor of the local log', () => {
  it('has to stand at the start of a line', async () => {
    const { logs, key } = await start();
    await logs.append({ ...key, lines: [line('one'), line('two')] });
    const { entries } = await logs.read({ ...key, limit: 9 });
    const [first, end] = entries.map(({ cursor }) => Number(cursor));
    for (const wrong of [1, first! - 1, first! + 1, end! + 1]) {
      const reading = logs.read({ ...key, cursor: String(wrong), limit: 9 });
      await expect(reading, String(wrong)).rejects.toMatchObject({ code: 'VALIDATION_ERROR' });
    }
  });

  it('starts at 0, where there is no log yet', async () => {
    const { logs, key } = await start();
    expect(await logs.read({ ...key, limit: 9 })).toEqual({ entries: [], nextCursor: '0', atEnd: true });
    await expect(logs.read({ ...key, cursor: '12', limit: 9 })).rejects.toMatchObject({
      code: 'VALIDATION_ERROR',
    });
  });
});

it.each(['../acme', '..', 'a/b', ''])('takes %j for no tenant and no dispatch', async (bad) => {
  const { logs, key } = await start();
  for (const wrong of [
    { ...key, tenantId: bad },
    { ...key, dispatchId: bad },
  ]) {
    await expect(logs.append({ ...wrong, lines: [line('x')] })).rejects.toMatchObject({
      code: 'VALIDATION_ERROR',
    });
    await expect(logs.read({ ...wrong, limit: 9 })).rejects.toMatchObject({ code: 'VALIDATION_ERROR' });
    await expect(logs.tail({ ...wrong, limit: 9 })).rejects.toMatchObject({ code: 'VALIDATION_ERROR' });
  }
});

it('neither writes nor reads through a symbolic link', async () => {
  const { logs, key, path } = await start();
  const target = join(dirname(dirname(path)), 'target');
  await mkdir(dirname(path), { recursive: true });
  await writeFile(target, `${JSON.stringify(line('secret'))}\n`);
  await symlink(target, path);
  await expect(logs.append({ ...key, lines: [line('x')] })).rejects.toMatchObject({ code: 'ELOOP' });
  await expect(logs.read({ ...key, limit: 9 })).rejects.toMatchObject({ code: 'ELOOP' });
});

it("deletes with a log also what its worker's own process wrote", async () => {
  const { logs, remove, key, path } = await start();
  const workerLog = (id: string) => join(dirname(path), '..', '..', 'workers', `${id}.log`);
  const other = newDispatchId();
  await logs.append({ ...key, lines: [line('x')] });
  await mkdir(dirname(workerLog(other)));
  for (const id of [key.dispatchId, other]) await writeFile(workerLog(id), 'a warning');
  await remove(key);
  await remove(key);
  expect([path, workerLog(key.dispatchId), workerLog(other)].map(existsSync)).toEqual([false, false, true]);
  await expect(remove({ ...key, dispatchId: '../x' })).rejects.toMatchObject({ code: 'VALIDATION_ERROR' });
});

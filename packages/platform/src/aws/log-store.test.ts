import { GetObjectCommand, HeadObjectCommand } from '@aws-sdk/client-s3';
import type { LogLine } from '@outpost/contracts';
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startLogParts } from '../testing/aws/cloudwatch-logs-harness.js';
import { describeLogStoreConformance, newDispatchId, TEST_AT } from '../testing/index.js';
import { createAwsLogWriter } from './log-writer.js';

describeLogStoreConformance('CloudWatch Logs', { create: startLogParts });
describeLogStoreConformance('CloudWatch Logs, of a worker that dies before it seals', {
  async create() {
    const parts = await startLogParts();
    return { ...parts, writer: { ...parts.writer, seal: async () => {} } };
  },
});

const start = async () => {
  const parts = await startLogParts();
  onTestFinished(parts.cleanup);
  const key = { tenantId: 'acme', dispatchId: newDispatchId(), taskArn: parts.taskArn };
  const object = { Bucket: 'outpost-logs', Key: `acme/${key.dispatchId}.jsonl` };
  return { ...parts, key, ended: { ...key, hasEnded: true }, object };
};

const lineOf = (value: string): LogLine => ({ at: TEST_AT, kind: 'text', text: value });
const linesOf = (count: number, prefix = 'line'): LogLine[] =>
  Array.from({ length: count }, (_, index) => lineOf(`${prefix} ${index}`));

describe('a line in CloudWatch', () => {
  it('goes out as one JSON object that says whose it is and where it ends in the archive', async () => {
    const { server, writer, key } = await start();
    await writer.append({ ...key, lines: [lineOf('one'), lineOf('ä')] });
    const ends = [lineOf('one'), lineOf('ä')].map((line) => Buffer.byteLength(`${JSON.stringify(line)}\n`));
    expect(server.events().map((event) => JSON.parse(event.message) as unknown)).toEqual([
      { type: 'outpost.log', tenantId: 'acme', dispatchId: key.dispatchId, end: ends[0], ...lineOf('one') },
      {
        type: 'outpost.log',
        tenantId: 'acme',
        dispatchId: key.dispatchId,
        end: ends[0]! + ends[1]!,
        ...lineOf('ä'),
      },
    ]);
  });

  it.each([
    ['letters', 'x'.repeat(300_000)],
    ['characters of two halves', `x${'\u{1F680}'.repeat(120_000)}`],
    ['control characters', '\u0000'.repeat(120_000)],
    ['lone halves of characters', '\ud83d'.repeat(120_000)],
  ])('is printed in parts that awslogs does not cut: %s', async (_, value) => {
    const { server, writer, reader, key, ended } = await start();
    const lines = [lineOf('before'), lineOf(value), lineOf('after')];
    await writer.append({ ...key, lines });
    const events = server.events();
    expect(events.length).toBeGreaterThan(4);
    for (const { message } of events) {
      expect(Buffer.byteLength(message)).toBeLessThan(205_000);
      expect(() => JSON.parse(message) as unknown).not.toThrow();
    }
    const live = await reader.read({ ...key, limit: 9 });
    expect(live.entries.map(({ line }) => line)).toEqual(lines);
    expect(await reader.tail({ ...key, limit: 2 })).toEqual(lines.slice(-2));
    expect((await reader.read({ ...key, cursor: live.entries[0]!.cursor, limit: 1 })).entries).toEqual([
      live.entries[1],
    ]);
    await writer.seal(key);
    expect(await reader.read({ ...ended, limit: 9 })).toEqual(live);
  });

  it('is left out when a part of it never came', async () => {
    const { server, writer, reader, print, key } = await start();
    await writer.append({ ...key, lines: [lineOf('one')] });
    await writer.append({ ...key, lines: [lineOf('x'.repeat(300_000))] });
    const [, second] = server.events();
    const other = newDispatchId();
    await writer.append({ ...key, dispatchId: other, lines: [lineOf('its own')] });
    print(second!.message.replaceAll(key.dispatchId, other).replace(/"end":\d+/, '"end":900000'));
    await writer.append({ ...key, lines: [lineOf('two')] });
    const texts = async (dispatchId: string) =>
      (await reader.read({ ...key, dispatchId, limit: 9 })).entries.map(({ line }) => line.text.length);
    expect(await texts(key.dispatchId)).toEqual([3, 300_000, 3]);
    expect(await texts(other)).toEqual([7]);
    expect((await reader.tail({ ...key, dispatchId: other, limit: 9 })).length).toBe(1);
  });

  it('that came twice is there once', async () => {
    const { server, writer, reader, print, key } = await start();
    await writer.append({ ...key, lines: linesOf(3) });
    for (const { message } of server.events()) print(message);
    const { entries } = await reader.read({ ...key, limit: 9 });
    expect(entries.map(({ line }) => line)).toEqual(linesOf(3));
    expect(await reader.tail({ ...key, limit: 9 })).toEqual(linesOf(3));
  });
});

it('passes over what else is in the stream', async () => {
  const { writer, reader, print, key } = await start();
  const frame = { type: 'outpost.log', ...key, end: 5, ...lineOf('forged') };
  for (const foreign of [
    '{"level":30,"time":1,"msg":"claimed"}',
    'Segmentation fault',
    '{"type":"outpost.log"',
    JSON.stringify({ ...frame, end: -1 }),
    JSON.stringify({ ...frame, tenantId: 'globex' }),
    JSON.stringify({ ...frame, dispatchId: newDispatchId() }),
    JSON.stringify({ ...frame, type: 'outpost.log.' }),
  ])
    print(foreign);
  await writer.append({ ...key, lines: linesOf(2) });
  for (let index = 0; index < 400; index += 1) print(`noise ${index}`);
  await writer.append({ ...key, lines: linesOf(1, 'last') });
  const lines = [...linesOf(2), ...linesOf(1, 'last')];
  expect((await reader.read({ ...key, limit: 9 })).entries.map(({ line }) => line)).toEqual(lines);
  expect(await reader.tail({ ...key, limit: 2 })).toEqual(lines.slice(1));
});

describe('a log of which there is no stream', () => {
  it.each([undefined, 'arn:aws:ecs:us-east-1:123456789012:task/outpost/other'])(
    'is empty, task %s',
    async (taskArn) => {
      const { reader, key } = await start();
      for (const hasEnded of [false, true]) {
        const source = { ...key, taskArn, hasEnded };
        expect(await reader.read({ ...source, limit: 9 })).toEqual({
          entries: [],
          nextCursor: '0',
          atEnd: true,
        });
        expect(await reader.tail({ ...source, limit: 9 })).toEqual([]);
        await expect(reader.read({ ...source, cursor: '1795521600000-12', limit: 9 })).rejects.toMatchObject({
          code: 'VALIDATION_ERROR',
        });
      }
    },
  );
});

it.each(['live', 'archived'])('takes no cursor but its own: %s', async (state) => {
  const { writer, reader, key } = await start();
  await writer.append({ ...key, lines: linesOf(3) });
  if (state === 'archived') await writer.seal(key);
  const source = { ...key, hasEnded: state === 'archived' };
  const { entries } = await reader.read({ ...source, limit: 9 });
  const [ms, end] = entries[1]!.cursor.split('-').map(Number);
  expect((await reader.read({ ...source, cursor: `${ms}-${end}`, limit: 9 })).entries).toEqual(
    entries.slice(2),
  );
  for (const wrong of [end! - 1, end! + 1, end! * 9]) {
    await expect(reader.read({ ...source, cursor: `${ms}-${wrong}`, limit: 9 })).rejects.toMatchObject({
      code: 'VALIDATION_ERROR',
      details: [{ path: 'query.cursor' }],
    });
  }
});

describe('the archive', () => {
  it('is JSON lines, encrypted for the tenant; nothing stays on the disk', async () => {
    const { clients, fauxqs, spoolDir, writer, key, object } = await start();
    await writer.append({ ...key, lines: linesOf(3) });
    const spool = join(spoolDir, `${key.dispatchId}.jsonl`);
    expect((await stat(spool)).mode & 0o777).toBe(0o600);
    const spooled = await readFile(spool, 'utf8');
    await writer.seal(key);
    const { Body, ContentType } = await clients.s3.send(new GetObjectCommand(object));
    expect(ContentType).toBe('application/x-ndjson');
    expect(await text(Body as NodeJS.ReadableStream)).toBe(spooled);
    expect(spooled).toBe(
      linesOf(3)
        .map((line) => `${JSON.stringify(line)}\n`)
        .join(''),
    );
    expect(await readdir(spoolDir)).toEqual([]);
    const put = fauxqs.requests.find(({ method, url }) => method === 'PUT' && url.includes(key.dispatchId));
    expect(put?.headers).toMatchObject({ 'x-amz-server-side-encryption': 'aws:kms' });
    const context = String(put?.headers['x-amz-server-side-encryption-context']);
    expect(Buffer.from(context, 'base64').toString()).toBe('{"tenantId":"acme"}');
  });

  it('is made with the key that is asked for', async () => {
    const { clients, fauxqs, spoolDir, key } = await start();
    const out = new Writable({ write: (_chunk, _encoding, done) => done() });
    const options = { out, s3: clients.s3, bucket: 'outpost-logs', kmsKeyId: 'alias/outpost', spoolDir };
    const writer = createAwsLogWriter(options);
    await writer.append({ ...key, lines: linesOf(1) });
    await writer.seal(key);
    const put = fauxqs.requests.find(({ method, url }) => method === 'PUT' && url.includes(key.dispatchId));
    expect(put?.headers['x-amz-server-side-encryption-aws-kms-key-id']).toBe('alias/outpost');
  });

  it('is read while the dispatch has ended, and only then', async () => {
    const { server, fauxqs, writer, reader, key, ended } = await start();
    await writer.append({ ...key, lines: linesOf(3) });
    await writer.seal(key);
    const asked = fauxqs.requests.length;
    const live = await reader.read({ ...key, limit: 9 });
    expect(fauxqs.requests).toHaveLength(asked);
    const called = server.calls.length;
    expect(await reader.read({ ...ended, limit: 9 })).toEqual(live);
    expect(await reader.tail({ ...ended, limit: 2 })).toEqual(linesOf(3).slice(1));
    expect(server.calls).toHaveLength(called);
  });

  it('is paged through without reading it again and again, and from the end without reading it all', async () => {
    const { fauxqs, writer, reader, key, ended } = await start();
    const lines = linesOf(60_000, 'a line of the usual length, with some words in it');
    await writer.append({ ...key, lines });
    await writer.seal(key);
    const size = Buffer.byteLength(lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
    expect(await reader.tail({ ...ended, limit: 100 })).toEqual(lines.slice(-100));
    expect(bytesAskedFor(fauxqs.requests)).toBeLessThan(100_000);
    const before = bytesAskedFor(fauxqs.requests);
    const read: LogLine[] = [];
    for (let cursor: string | undefined, atEnd = false; !atEnd;) {
      const page = await reader.read({ ...ended, cursor, limit: 1_000 });
      read.push(...page.entries.map(({ line }) => line));
      ({ nextCursor: cursor, atEnd } = page);
    }
    expect(read).toEqual(lines);
    expect(bytesAskedFor(fauxqs.requests) - before).toBeLessThan(2.5 * size);
  });

  it('goes up in parts when it is large', async () => {
    const { clients, fauxqs, writer, reader, key, ended, object } = await start();
    const lines = linesOf(10, 'x'.repeat(1_000_000));
    await writer.append({ ...key, lines });
    await writer.seal(key);
    expect(fauxqs.requests.filter(({ url }) => url.includes('partNumber='))).toHaveLength(2);
    const { ContentLength } = await clients.s3.send(new HeadObjectCommand(object));
    expect(ContentLength).toBeGreaterThan(10_000_000);
    expect((await reader.read({ ...ended, limit: 10 })).entries.map(({ line }) => line)).toEqual(lines);
    expect(await reader.tail({ ...ended, limit: 3 })).toEqual(lines.slice(-3));
  }, 30_000);

  it('is not made of a log that could not be spooled; the live log goes on', async () => {
    const { spoolDir, writer, reader, key, ended } = await start();
    await writeFile(join(spoolDir, `${key.dispatchId}.jsonl`), 'of somebody else');
    await writer.append({ ...key, lines: linesOf(2) });
    await writer.append({ ...key, lines: linesOf(1, 'more') });
    await expect(writer.seal(key)).rejects.toThrow('could not be spooled');
    const lines = [...linesOf(2), ...linesOf(1, 'more')];
    for (const source of [key, ended])
      expect((await reader.read({ ...source, limit: 9 })).entries.map(({ line }) => line)).toEqual(lines);
    expect(await readFile(join(spoolDir, `${key.dispatchId}.jsonl`), 'utf8')).toBe('of somebody else');
  });
});

describe('the writer', () => {
  it('waits for whoever reads its output', async () => {
    const { clients, spoolDir, key } = await start();
    const taken: (() => void)[] = [];
    const out = new Writable({ highWaterMark: 1, write: (_chunk, _encoding, done) => void taken.push(done) });
    const writer = createAwsLogWriter({ out, s3: clients.s3, bucket: 'outpost-logs', spoolDir });
    let appended = 0;
    const appends = [1, 2].map(async () => {
      await writer.append({ ...key, lines: linesOf(1) });
      appended += 1;
    });
    await expect.poll(() => taken.length).toBe(1);
    expect(appended).toBe(0);
    taken[0]!();
    await appends[0];
    await expect.poll(() => taken.length).toBe(2);
    expect(appended).toBe(1);
    taken[1]!();
    await Promise.all(appends);
  });

  it('says when its output is closed, and archives all the same', async () => {
    const { clients, spoolDir, reader, key, ended } = await start();
    const out = new Writable({ write: (_chunk, _encoding, done) => done(new Error('EPIPE')) });
    out.on('error', () => {});
    const writer = createAwsLogWriter({ out, s3: clients.s3, bucket: 'outpost-logs', spoolDir });
    await expect(writer.append({ ...key, lines: linesOf(1) })).rejects.toThrow('EPIPE');
    await expect(writer.append({ ...key, lines: linesOf(1, 'next') })).rejects.toThrow();
    await writer.seal(key);
    expect(await reader.tail({ ...ended, limit: 9 })).toEqual([...linesOf(1), ...linesOf(1, 'next')]);
  });

  it.each(['../acme', '..', 'a/b', ''])('takes %j for no tenant and no dispatch', async (bad) => {
    const { writer, reader, key } = await start();
    for (const wrong of [
      { ...key, tenantId: bad },
      { ...key, dispatchId: bad },
    ]) {
      const calls = [
        writer.append({ ...wrong, lines: linesOf(1) }),
        writer.seal(wrong),
        reader.read({ ...wrong, hasEnded: true, limit: 9 }),
        reader.tail({ ...wrong, hasEnded: true, limit: 9 }),
      ];
      for (const call of calls) await expect(call).rejects.toMatchObject({ code: 'VALIDATION_ERROR' });
    }
  });
});

it('tells an outage from an empty log', async () => {
  const { server, reader, clients, key, ended } = await start();
  await server.close();
  await expect(reader.read({ ...key, limit: 1 })).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
  await expect(reader.tail({ ...key, limit: 1 })).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
  clients.s3.middlewareStack.add(() => () => Promise.reject(new Error('AccessDenied')), { step: 'build' });
  await expect(reader.read({ ...ended, limit: 1 })).rejects.toThrow('AccessDenied');
});

function bytesAskedFor(requests: readonly { readonly headers: NodeJS.Dict<string | string[]> }[]): number {
  return requests
    .map(({ headers }) => /^bytes=(\d+)-(\d+)$/.exec(String(headers['range'])))
    .reduce((sum, range) => sum + (range === null ? 0 : Number(range[2]) - Number(range[1]) + 1), 0);
}

import { GetObjectCommand, HeadObjectCommand } from '@aws-sdk/client-s3';
import type { LogLine } from '@outpost/contracts';
import { readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { logLines as linesOf, startTestLog as start } from '../testing/aws/cloudwatch-logs-harness.js';
import { createAwsLogWriter } from './log-writer.js';

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

  it('is not made of half a log', async () => {
    const { fauxqs, spoolDir, writer, reader, key, ended } = await start();
    const spool = join(spoolDir, `${key.dispatchId}.jsonl`);
    await writer.append({ ...key, lines: linesOf(2) });
    await rm(spool);
    await writer.append({ ...key, lines: linesOf(1, 'more') });
    await writeFile(spool, '');
    await expect(writer.seal(key)).rejects.toThrow('could not be spooled');
    expect(fauxqs.requests.filter(({ url }) => url.includes(key.dispatchId))).toEqual([]);
    expect(await readdir(spoolDir)).toEqual([]);
    expect(await reader.tail({ ...ended, limit: 9 })).toEqual([...linesOf(2), ...linesOf(1, 'more')]);
  });

  it('has the lines of appends that were not awaited', async () => {
    const { server, writer, reader, key, ended } = await start();
    const appends = linesOf(20).map((line) => writer.append({ ...key, lines: [line] }));
    await writer.seal(key);
    await Promise.all(appends);
    expect(await reader.tail({ ...ended, limit: 99 })).toEqual(linesOf(20));
    expect(server.calls).toEqual([]);
  });
});

function bytesAskedFor(requests: readonly { readonly headers: NodeJS.Dict<string | string[]> }[]): number {
  return requests
    .map(({ headers }) => /^bytes=(\d+)-(\d+)$/.exec(String(headers['range'])))
    .reduce((sum, range) => sum + (range === null ? 0 : Number(range[2]) - Number(range[1]) + 1), 0);
}

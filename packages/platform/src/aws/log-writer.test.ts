import { Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { logLines as linesOf, startTestLog as start } from '../testing/aws/cloudwatch-logs-harness.js';
import { createAwsLogWriter } from './log-writer.js';

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

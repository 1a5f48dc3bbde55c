import { describe, expect, it } from 'vitest';
import {
  logLine as lineOf,
  logLines as linesOf,
  startLogParts,
  startTestLog as start,
} from '../testing/aws/cloudwatch-logs-harness.js';
import { describeLogStoreConformance, newDispatchId } from '../testing/index.js';

describeLogStoreConformance('CloudWatch Logs', { create: startLogParts });
describeLogStoreConformance(
  'CloudWatch Logs, of a worker that dies before it seals',
  {
    async create() {
      const parts = await startLogParts();
      return { ...parts, writer: { ...parts.writer, seal: async () => {} } };
    },
  },
  {
    'deletes the log of a dispatch that has ended, and no other, as often as it is told':
      'what was never archived goes by the retention of its log group',
  },
);

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
      const frame = JSON.parse(message) as { text: string };
      if (value.isWellFormed()) expect(frame.text.isWellFormed()).toBe(true);
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
    const lastPart = server.events().at(-1);
    const other = newDispatchId();
    await writer.append({ ...key, dispatchId: other, lines: [lineOf('its own')] });
    print(lastPart!.message.replaceAll(key.dispatchId, other).replace(/"end":\d+/, '"end":900000'));
    // Of fewer parts than the one that is not whole.
    const long = lineOf('y'.repeat(210_000));
    await writer.append({ ...key, dispatchId: other, lines: [long] });
    await writer.append({ ...key, lines: [lineOf('two')] });
    const texts = async (dispatchId: string) =>
      (await reader.read({ ...key, dispatchId, limit: 9 })).entries.map(({ line }) => line.text.length);
    expect(await texts(key.dispatchId)).toEqual([3, 300_000, 3]);
    expect(await texts(other)).toEqual([7, 210_000]);
    expect(await reader.tail({ ...key, dispatchId: other, limit: 9 })).toEqual([lineOf('its own'), long]);
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

it('answers the last lines without reading the stream from its head', async () => {
  const { server, writer, reader, key } = await start();
  await writer.append({ ...key, lines: linesOf(2_000) });
  expect(await reader.tail({ ...key, limit: 200 })).toEqual(linesOf(2_000).slice(-200));
  expect(server.calls).toHaveLength(1);
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
  await writer.append({ ...key, lines: linesOf(9) });
  if (state === 'archived') await writer.seal(key);
  const source = { ...key, hasEnded: state === 'archived' };
  const { entries } = await reader.read({ ...source, limit: 9 });
  const [ms, end] = entries[1]!.cursor.split('-').map(Number);
  expect((await reader.read({ ...source, cursor: `${ms}-${end}`, limit: 9 })).entries).toEqual(
    entries.slice(2),
  );
  for (const wrong of [end! - 1, end! + 1, end! * 9]) {
    for (const limit of [1, 9]) {
      await expect(reader.read({ ...source, cursor: `${ms}-${wrong}`, limit })).rejects.toMatchObject({
        code: 'VALIDATION_ERROR',
        details: [{ path: 'query.cursor' }],
      });
    }
  }
});

it('tells an outage from an empty log', async () => {
  const { server, reader, clients, key, ended } = await start();
  await server.close();
  await expect(reader.read({ ...key, limit: 1 })).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
  await expect(reader.tail({ ...key, limit: 1 })).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
  clients.s3.middlewareStack.add(() => () => Promise.reject(new Error('AccessDenied')), { step: 'build' });
  await expect(reader.read({ ...ended, limit: 1 })).rejects.toThrow('AccessDenied');
});

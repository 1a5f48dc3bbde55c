import { GetLogEventsCommand, type GetLogEventsCommandInput } from '@aws-sdk/client-cloudwatch-logs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createTestClients } from './clients.js';
import { startCloudWatchLogs } from './cloudwatch-logs.js';

const where = { group: 'group', stream: 'a/b/c' };

const start = async (lines: readonly string[] = []) => {
  const server = await startCloudWatchLogs();
  const { logs, destroy } = createTestClients({ logs: server.url });
  onTestFinished(async () => {
    destroy();
    await server.close();
  });
  for (const [index, line] of lines.entries())
    server.ingest({ ...where, line, timestampMs: 1_000 + Math.floor(index / 2) });
  const get = (input: Partial<GetLogEventsCommandInput> = {}) =>
    logs.send(new GetLogEventsCommand({ logGroupName: 'group', logStreamName: 'a/b/c', ...input }));
  /** Pages until the token repeats. */
  const pages = async (input: Partial<GetLogEventsCommandInput>): Promise<string[][]> => {
    const all: string[][] = [];
    for (let nextToken: string | undefined; ;) {
      const page = await get({ ...input, nextToken });
      all.push((page.events ?? []).map(({ message = '' }) => message));
      const token = input.startFromHead === true ? page.nextForwardToken : page.nextBackwardToken;
      if (token === nextToken) return all;
      nextToken = token;
    }
  };
  return { server, get, pages };
};

const TEN = Array.from({ length: 10 }, (_, index) => `line ${index}`);

describe('GetLogEvents of the test server', () => {
  it('leads through the stream from its head, by tokens that repeat at the end', async () => {
    const { pages, server } = await start(TEN);
    const read = await pages({ startFromHead: true, limit: 3 });
    expect(read.flat()).toEqual(TEN);
    expect(read.at(-1)).toEqual([]);
    expect(server.calls.every(({ operation }) => operation === 'GetLogEvents')).toBe(true);
    expect(server.calls[0]?.input).toMatchObject({ startFromHead: true, limit: 3 });
  });

  it('leads through it from its end, each page oldest first', async () => {
    const { pages } = await start(TEN);
    const read = await pages({ limit: 4 });
    expect(read.filter((page) => page.length > 0)).toEqual([TEN.slice(6), TEN.slice(2, 6), TEN.slice(0, 2)]);
  });

  it('has an empty page with a new token now and then', async () => {
    const { pages } = await start(TEN);
    const read = await pages({ startFromHead: true, limit: 1 });
    expect(read.slice(0, -1).some((page) => page.length === 0)).toBe(true);
    expect(read.flat()).toEqual(TEN);
  });

  it('counts in what happened at startTime', async () => {
    const { get } = await start(TEN);
    const { events } = await get({ startFromHead: true, startTime: 1_003, endTime: 1_004 });
    expect(events?.map(({ message }) => message)).toEqual(['line 6', 'line 7']);
  });

  it('goes on from the token of the end once more is there', async () => {
    const { get, server } = await start(TEN);
    const { nextForwardToken } = await get({ startFromHead: true });
    server.ingest({ ...where, line: 'more', timestampMs: 2_000 });
    const { events } = await get({ startFromHead: true, nextToken: nextForwardToken });
    expect(events?.map(({ message }) => message)).toEqual(['more']);
  });

  it('has no page over 1 MB', async () => {
    const lines = Array.from({ length: 12 }, () => 'x'.repeat(200_000));
    const { pages } = await start(lines);
    for (const startFromHead of [true, false]) {
      const read = await pages({ startFromHead });
      expect(read.flat()).toEqual(lines);
      expect(Math.max(...read.map((page) => page.length))).toBe(5);
    }
  });

  it('cuts events at 256 KB, as awslogs does', async () => {
    const { get } = await start(['é'.repeat(200_000)]);
    const { events = [] } = await get();
    expect(events).toHaveLength(2);
    expect(events.map(({ message }) => message).join('')).toBe('é'.repeat(200_000));
    expect(Buffer.byteLength(events[0]?.message ?? '')).toBe(262_118);
  });

  it('knows no other stream, and no limit over 10,000', async () => {
    const { get } = await start(TEN);
    await expect(get({ logStreamName: 'other' })).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    });
    await expect(get({ limit: 10_001 })).rejects.toMatchObject({ name: 'InvalidParameterException' });
    const { nextForwardToken } = await get();
    const backward = get({ nextToken: nextForwardToken });
    await expect(backward).rejects.toMatchObject({ name: 'InvalidParameterException' });
  });
});

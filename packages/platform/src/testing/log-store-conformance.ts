import type { LogLine } from '@outpost/contracts';
import { describe, expect } from 'vitest';
import type { LogReader, LogSource, LogWriter } from '../ports/index.js';
import { newDispatchId, TEST_AT } from './fixtures.js';
import { subjectOf, type Harness } from './harness.js';
import { itExcept, type LeftOut } from './left-out.js';

export interface LogStoreSubject {
  readonly writer: LogWriter;
  readonly reader: LogReader;
  /** The task that `writer` writes in, where the reader has to know it. */
  readonly taskArn?: string;
}

type BothSides = LogWriter & LogReader;

/** What every log store must do. */
export function describeLogStoreConformance(
  name: string,
  harness: Harness<LogStoreSubject>,
  leftOut?: LeftOut,
): void {
  const it = itExcept(leftOut);
  const start = async () => {
    const { writer, reader, taskArn } = await subjectOf(harness);
    const key: LogSource = { tenantId: 'acme', dispatchId: newDispatchId(), taskArn };
    return { logs: bothSides(writer, reader), key };
  };

  describe(`LogStore: ${name}`, () => {
    it('is empty before the first line, and can be read on from there', async () => {
      const { logs, key } = await start();
      const empty = await logs.read({ ...key, limit: 10 });
      expect(empty).toMatchObject({ entries: [], atEnd: true });
      expect(await logs.read({ ...key, cursor: empty.nextCursor, limit: 10 })).toEqual(empty);
      expect(await logs.tail({ ...key, limit: 10 })).toEqual([]);
      await logs.append({ ...key, lines: linesOf(1) });
      expect(textsIn(await logs.read({ ...key, cursor: empty.nextCursor, limit: 10 }))).toEqual(['line 0']);
    });

    it('keeps lines as they are, in order', async () => {
      const { logs, key } = await start();
      const kinds = ['text', 'tool', 'result', 'error', 'raw', 'system'] as const;
      const lines = kinds.map((kind) => ({
        at: TEST_AT,
        kind,
        text: `${kind} Zäh\u{1F680}\u2028"\\ \n\r\t\u0000`,
      }));
      await logs.append({ ...key, lines: lines.slice(0, 2) });
      await logs.append({ ...key, lines: lines.slice(2) });
      await logs.append({ ...key, lines: [] });
      const { entries, atEnd } = await logs.read({ ...key, limit: 10 });
      expect(entries.map(({ line }) => line)).toEqual(lines);
      expect(atEnd).toBe(true);
    });

    it('keeps the order of appends that are not awaited', async () => {
      const { logs, key } = await start();
      const lines = linesOf(50);
      await Promise.all(lines.map((line) => logs.append({ ...key, lines: [line] })));
      expect(textsIn(await logs.read({ ...key, limit: 100 }))).toEqual(lines.map(({ text }) => text));
    });

    it.each([1, 2, 3, 7, 10, 11])('has every line on exactly one page of %i', async (limit) => {
      const { logs, key } = await start();
      const lines = linesOf(10);
      await logs.append({ ...key, lines });
      const pages = await allPages(logs, key, limit);
      expect(pages.flatMap(textsIn)).toEqual(lines.map(({ text }) => text));
      expect(pages).toHaveLength(Math.ceil(10 / limit));
    });

    it('can be read on from the cursor of any line', async () => {
      const { logs, key } = await start();
      await logs.append({ ...key, lines: linesOf(5) });
      const { entries, nextCursor } = await logs.read({ ...key, limit: 10 });
      expect(nextCursor).toBe(entries.at(-1)?.cursor);
      for (const [index, { cursor }] of entries.entries()) {
        const rest = await logs.read({ ...key, cursor, limit: 10 });
        expect(rest.entries).toEqual(entries.slice(index + 1));
        expect(rest.nextCursor).toBe(nextCursor);
      }
    });

    it('goes on from the end once more is there', async () => {
      const { logs, key } = await start();
      await logs.append({ ...key, lines: linesOf(2) });
      const { nextCursor } = await logs.read({ ...key, limit: 10 });
      expect(await logs.read({ ...key, cursor: nextCursor, limit: 10 })).toEqual({
        entries: [],
        nextCursor,
        atEnd: true,
      });
      await logs.append({ ...key, lines: linesOf(3, 'more') });
      const more = await logs.read({ ...key, cursor: nextCursor, limit: 2 });
      expect(textsIn(more)).toEqual(['more 0', 'more 1']);
      expect(more.atEnd).toBe(false);
    });

    it.each([1, 3, 400, 401, 9_999])('answers the last %i lines of 400', async (limit) => {
      const { logs, key } = await start();
      const lines = linesOf(400, 'a line that is long enough to fill a few blocks: '.repeat(20));
      await logs.append({ ...key, lines });
      expect(await logs.tail({ ...key, limit })).toEqual(lines.slice(-limit));
    });

    it('reads lines of any length', async () => {
      const { logs, key } = await start();
      const lines = [0, 1, 65_535, 65_536, 65_537, 200_000, 3].map((length) => lineOf('ä'.repeat(length)));
      await logs.append({ ...key, lines });
      expect((await logs.read({ ...key, limit: 10 })).entries.map(({ line }) => line)).toEqual(lines);
      expect(await logs.tail({ ...key, limit: 10 })).toEqual(lines);
      expect(await logs.tail({ ...key, limit: 2 })).toEqual(lines.slice(-2));
    });

    it('reads the same after it was sealed and the dispatch has ended, on from any cursor', async () => {
      const { logs, key } = await start();
      const lines = linesOf(25, 'ä line');
      await logs.append({ ...key, lines: lines.slice(0, 20) });
      const live = await logs.read({ ...key, limit: 7 });
      await logs.append({ ...key, lines: lines.slice(20) });
      await logs.seal(key);
      const ended = { ...key, hasEnded: true };
      const rest = await logs.read({ ...ended, cursor: live.nextCursor, limit: 100 });
      expect([...textsIn(live), ...textsIn(rest)]).toEqual(lines.map(({ text }) => text));
      expect(rest.atEnd).toBe(true);
      expect(await logs.tail({ ...ended, limit: 5 })).toEqual(lines.slice(-5));
      expect(await logs.read({ ...key, cursor: rest.nextCursor, limit: 1 })).toMatchObject({ entries: [] });
    });

    it.each([1, 4, 100])('answers the same pages of %i before and after its end', async (limit) => {
      const { logs, key } = await start();
      await logs.append({
        ...key,
        lines: [...linesOf(9, 'ä line'), lineOf('long'.repeat(80_000)), lineOf('')],
      });
      const live = await allPages(logs, key, limit);
      await logs.seal(key);
      expect(await allPages(logs, { ...key, hasEnded: true }, limit)).toEqual(live);
    });

    it('seals a log without a line', async () => {
      const { logs, key } = await start();
      await logs.seal(key);
      expect(await logs.read({ ...key, hasEnded: true, limit: 1 })).toMatchObject({
        entries: [],
        atEnd: true,
      });
    });

    it('deletes the log of a dispatch that has ended, and no other, as often as it is told', async () => {
      const { logs, key } = await start();
      const other = { ...key, dispatchId: newDispatchId() };
      for (const one of [key, other]) {
        await logs.append({ ...one, lines: linesOf(3) });
        await logs.seal(one);
      }
      for (let call = 0; call < 2; call += 1) await logs.remove(key);
      await logs.remove({ tenantId: 'globex', dispatchId: other.dispatchId });
      const tail = ({ tenantId, dispatchId }: LogSource) =>
        logs.tail({ tenantId, dispatchId, hasEnded: true, limit: 9 });
      const [removed, kept] = await Promise.all([key, other].map(tail));
      expect(removed).toEqual([]);
      expect(kept).toEqual(linesOf(3));
    });

    it('keeps tenants and dispatches apart', async () => {
      const { logs, key } = await start();
      await logs.append({ ...key, lines: linesOf(2) });
      for (const other of [
        { ...key, tenantId: 'globex' },
        { ...key, dispatchId: newDispatchId() },
      ]) {
        expect((await logs.read({ ...other, limit: 10 })).entries).toEqual([]);
        expect(await logs.tail({ ...other, limit: 10 })).toEqual([]);
      }
    });

    it.each(['nonsense', '-1', '1e9', '3', ' 0', '99999999999999999999999', ''])(
      'rejects a cursor that it did not answer: %j',
      async (cursor) => {
        const { logs, key } = await start();
        await logs.append({ ...key, lines: linesOf(2) });
        await expect(logs.read({ ...key, cursor, limit: 10 })).rejects.toMatchObject({
          code: 'VALIDATION_ERROR',
          details: [{ path: 'query.cursor' }],
        });
      },
    );
  });
}

type Chunk = Awaited<ReturnType<LogReader['read']>>;

function bothSides(writer: LogWriter, reader: LogReader): BothSides {
  return {
    append: (params) => writer.append(params),
    seal: (key) => writer.seal(key),
    read: (params) => reader.read(params),
    tail: (params) => reader.tail(params),
    remove: (key) => reader.remove(key),
  };
}

function lineOf(text: string): LogLine {
  return { at: TEST_AT, kind: 'text', text };
}

function linesOf(count: number, prefix = 'line'): LogLine[] {
  return Array.from({ length: count }, (_, index) => lineOf(`${prefix} ${index}`));
}

function textsIn({ entries }: Chunk): string[] {
  return entries.map(({ line }) => line.text);
}

async function allPages(logs: BothSides, key: LogSource, limit: number): Promise<Chunk[]> {
  const pages = [await logs.read({ ...key, limit })];
  for (let last = pages[0]; last?.atEnd === false; last = pages.at(-1)) {
    pages.push(await logs.read({ ...key, cursor: last.nextCursor, limit }));
  }
  return pages;
}

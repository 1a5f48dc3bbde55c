import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { scriptedLog, type ScriptedReads } from '../testing/scripted-log.js';
import type { LogEvent } from './live-log.js';
import { LogFollower } from './log-follower.js';

const KEY = { tenantId: 'acme', dispatchId: 'd' };

const start = (reads: ScriptedReads = {}) => {
  const log = scriptedLog(reads);
  const follower = new LogFollower({ ...log, batchLines: 4, window: { lines: 5, characters: 1_000 } });
  /** Reads until it is told to wait, the end, or an error. */
  const listen = (cursor?: string) => {
    const stop = new AbortController();
    const seen: string[] = [];
    let gate = Promise.resolve();
    let open = (): void => {};
    const run = async (): Promise<string> => {
      for await (const event of await follower.follow({ ...KEY, cursor, signal: stop.signal })) {
        seen.push(textOf(event));
        await gate;
      }
      return 'over';
    };
    const ended = run().catch((error: unknown) => String(error));
    return {
      seen,
      ended,
      stop: () => stop.abort(),
      hold: () => {
        gate = new Promise((resolve) => {
          open = resolve;
        });
      },
      release: () => open(),
    };
  };
  return { ...log, log, follower, listen };
};

/** All that can happen without a tick has happened. */
const settled = async (): Promise<void> => {
  for (let turns = 0; turns < 20; turns += 1) await turn();
};
const numbers = (from: number, to: number): string[] =>
  Array.from({ length: to - from }, (_, index) => `line ${from + index}`);
const textOf = (event: LogEvent): string => (event.type === 'log' ? event.line.text : `end ${event.status}`);

describe('followers of one dispatch', () => {
  it('share one who looks for new lines', async () => {
    const { append, end, tick, reads, pauses, listen } = start();
    append(...numbers(0, 3));
    const followers = Array.from({ length: 20 }, () => listen());
    await settled();
    expect(pauses.size).toBe(1);
    const before = reads.length;
    for (let line = 3; line < 7; line += 1) {
      append(`line ${line}`);
      tick();
      await settled();
      for (const { seen } of followers) expect(seen).toEqual(numbers(0, line + 1));
    }
    expect(reads.length - before).toBe(4);
    end();
    tick();
    expect(await Promise.all(followers.map(({ ended }) => ended))).toEqual(Array(20).fill('over'));
    for (const { seen } of followers) expect(seen).toEqual([...numbers(0, 7), 'end COMPLETED']);
    expect(reads.length - before).toBe(5);
    expect(pauses.size).toBe(0);
  });

  it('read what is there for themselves, each from its own cursor', async () => {
    const { append, end, listen } = start();
    append(...numbers(0, 30));
    end();
    const followers = [listen(), listen('12'), listen('30')];
    await Promise.all(followers.map(({ ended }) => ended));
    const seen = followers.map((follower) => follower.seen.slice(0, -1));
    expect(seen).toEqual([numbers(0, 30), numbers(12, 30), []]);
  });

  it('who come when there is more than was looked at miss nothing and see nothing twice', async () => {
    const { append, end, tick, pauses, listen } = start();
    append(...numbers(0, 3));
    const first = listen();
    await settled();
    append(...numbers(3, 5));
    const second = listen();
    const third = listen('1');
    await settled();
    expect([first.seen.length, second.seen.length, third.seen.length]).toEqual([3, 5, 4]);
    append(...numbers(5, 6));
    tick();
    await settled();
    expect([first.seen, second.seen, third.seen]).toEqual([numbers(0, 6), numbers(0, 6), numbers(1, 6)]);
    expect(pauses.size).toBe(1);
    end();
    tick();
    await Promise.all([first.ended, second.ended, third.ended]);
  });

  it('do not wait for one who is slow; it reads on for itself, and shares again at the end', async () => {
    const { append, end, tick, reads, pauses, listen } = start();
    append('line 0');
    const [fast, slow] = [listen(), listen()];
    await settled();
    slow.hold();
    for (let line = 1; line < 40; line += 1) {
      append(`line ${line}`);
      tick();
      await settled();
    }
    expect(fast.seen).toEqual(numbers(0, 40));
    expect(slow.seen).toEqual(numbers(0, 2));
    const before = reads.length;
    slow.release();
    await settled();
    expect(slow.seen).toEqual(numbers(0, 40));
    expect(reads.slice(before)[0]).toBe(2);
    expect(pauses.size).toBe(1);
    append('line 40');
    tick();
    await settled();
    expect([fast.seen.at(-1), slow.seen.at(-1)]).toEqual(['line 40', 'line 40']);
    end();
    tick();
    await Promise.all([fast.ended, slow.ended]);
    expect([fast.seen.length, slow.seen.length]).toEqual([42, 42]);
  });

  it('get lines that are too large to be kept, too', async () => {
    const { append, end, tick, listen } = start();
    const followers = [listen(), listen()];
    await settled();
    const large = ['a', 'b', 'c'].map((letter) => letter.repeat(5_000));
    for (const text of large) {
      append(text, text);
      tick();
      await settled();
    }
    end();
    tick();
    await Promise.all(followers.map(({ ended }) => ended));
    for (const { seen } of followers)
      expect(seen).toEqual([...large.flatMap((text) => [text, text]), 'end COMPLETED']);
  });
});

describe('the one who looks for new lines', () => {
  it('stops with the last follower, and starts again with the next', async () => {
    const { append, tick, reads, pauses, listen } = start();
    const [first, second] = [listen(), listen()];
    await settled();
    first.stop();
    await first.ended;
    expect(pauses.size).toBe(1);
    second.stop();
    await second.ended;
    expect(pauses.size).toBe(0);
    const before = reads.length;
    tick();
    await settled();
    expect(reads).toHaveLength(before);
    const third = listen();
    await settled();
    append('line 0');
    tick();
    await settled();
    expect(third.seen).toEqual(['line 0']);
    third.stop();
    expect(await third.ended).toBe('over');
    expect(pauses.size).toBe(0);
  });

  it('stops when a follower breaks off', async () => {
    const { append, follower, pauses, tick } = start();
    const { signal } = new AbortController();
    const events = await follower.follow({ ...KEY, cursor: undefined, signal });
    const first = events[Symbol.asyncIterator]();
    const reading = first.next();
    await settled();
    append('line 0');
    tick();
    expect(await reading).toMatchObject({ value: { type: 'log', line: { text: 'line 0' } } });
    expect(pauses.size).toBe(1);
    await first.return?.();
    expect(pauses.size).toBe(0);
  });
});

describe('a follower', () => {
  it.each([
    ['waits', 6],
    ['is slow', 1],
  ])('ends at once when it is aborted while it %s', async (when, seen) => {
    const { append, pauses, listen } = start();
    append(...numbers(0, 6));
    const [other, mine] = [listen(), listen()];
    if (when === 'is slow') mine.hold();
    await settled();
    mine.stop();
    mine.release();
    expect(await mine.ended).toBe('over');
    expect(mine.seen).toEqual(numbers(0, seen));
    expect(pauses.size).toBe(1);
    other.stop();
    expect(await other.ended).toBe('over');
  });

  it('ends at once when it is aborted while it reads on', async () => {
    let isStuck = false;
    const { append, listen } = start({
      beforeRead: () => (isStuck ? new Promise(() => {}) : Promise.resolve()),
    });
    append(...numbers(0, 6));
    const mine = listen();
    mine.hold();
    await settled();
    isStuck = true;
    mine.release();
    await settled();
    expect(mine.seen).toEqual(numbers(0, 4));
    mine.stop();
    expect(await mine.ended).toBe('over');
  });

  it('is told what the store says, as all others are; the next one tries again', async () => {
    let failure: Error | undefined;
    const { append, end, tick, pauses, listen } = start({
      beforeRead: () => (failure === undefined ? Promise.resolve() : Promise.reject(failure)),
    });
    append(...numbers(0, 2));
    const followers = [listen(), listen()];
    await settled();
    failure = new Error('the store is away');
    tick();
    const told = await Promise.all(followers.map(({ ended }) => ended));
    expect(told).toEqual(['Error: the store is away', 'Error: the store is away']);
    expect(pauses.size).toBe(0);
    expect(await listen().ended).toBe('Error: the store is away');
    failure = undefined;
    const next = listen('2');
    await settled();
    append('line 2');
    end();
    tick();
    expect(await next.ended).toBe('over');
    expect(next.seen).toEqual(['line 2', 'end COMPLETED']);
  });

  it('is told before the first line that there is no such dispatch, or no such cursor', async () => {
    const { follower } = start();
    const params = { ...KEY, cursor: '7', signal: new AbortController().signal };
    await expect(follower.follow(params)).rejects.toMatchObject({ code: 'VALIDATION_ERROR' });
    for (const wrong of [{ tenantId: 'globex' }, { dispatchId: 'e' }])
      await expect(follower.follow({ ...params, ...wrong })).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
});

import type { DispatchStore } from '@outpost/platform';
import { getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import { KEY, numbers, settled, startFollowers as start, textOf } from '../testing/scripted-followers.js';
import { scriptedLog } from '../testing/scripted-log.js';
import { LogFollower } from './log-follower.js';

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

  it('looks no further than it has to once nobody follows', async () => {
    let left = Number.POSITIVE_INFINITY;
    const { append, tick, reads, listen } = start({
      beforeRead: async () => {
        await settled();
        left -= 1;
        if (left > 0) return;
        mine.stop();
        await mine.ended;
      },
    });
    const mine = listen();
    await settled();
    await settled();
    append(...numbers(0, 400));
    left = 3;
    const before = reads.length;
    tick();
    expect(await mine.ended).toBe('over');
    await settled();
    await settled();
    expect(reads.length - before).toBe(3);
  });

  it('leaves nothing behind at those who follow for long', async () => {
    const { append, tick, listen } = start();
    const mine = listen();
    await settled();
    for (let line = 0; line < 30; line += 1) {
      append(...numbers(0, line % 12));
      tick();
      await settled();
    }
    expect(getEventListeners(mine.signal, 'abort')).toHaveLength(1);
    mine.stop();
    await mine.ended;
    expect(getEventListeners(mine.signal, 'abort')).toHaveLength(0);
  });

  it('looks at each dispatch on its own', async () => {
    const logs = { a: scriptedLog(), b: scriptedLog() };
    const of = (dispatchId: string) => logs[dispatchId as 'a' | 'b'];
    const follower = new LogFollower({
      pause: logs.a.pause,
      dispatches: {
        get: async (key) => ({ ...(await of(key.dispatchId).dispatches.get(KEY)), ...key }),
      } as DispatchStore,
      logs: { ...logs.a.logs, read: (params) => of(params.dispatchId).logs.read(params) },
    });
    const { signal } = new AbortController();
    const next = async (dispatchId: string) => {
      const events = await follower.follow({ ...KEY, dispatchId, cursor: undefined, signal });
      for await (const event of events) return textOf(event);
      return 'nothing';
    };
    const first = [next('a'), next('b')];
    await settled();
    expect(logs.a.pauses.size).toBe(2);
    logs.a.append('of a');
    logs.b.append('of b');
    logs.a.tick();
    expect(await Promise.all(first)).toEqual(['of a', 'of b']);
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

import { describe, expect, it } from 'vitest';
import { KEY, numbers, settled, startFollowers as start } from '../testing/scripted-followers.js';

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

  it('are sent back to read for themselves when what they wait for has come and gone', async () => {
    const { append, end, tick, listen } = start();
    append(...numbers(0, 3));
    const first = listen();
    await settled();
    append('line 3');
    const ahead = listen();
    await settled();
    const large = ['a', 'b', 'c'].map((letter) => letter.repeat(600));
    append(...large);
    tick();
    await settled();
    const all = [...numbers(0, 4), ...large];
    expect([first.seen, ahead.seen]).toEqual([all, all]);
    end();
    tick();
    await Promise.all([first.ended, ahead.ended]);
  });

  it('get lines that are too large to be kept, too', async () => {
    const { append, end, tick, reads, listen } = start();
    const [fast, slow] = [listen(), listen()];
    append('line 0');
    tick();
    await settled();
    slow.hold();
    const large = ['a', 'b', 'c'].map((letter) => letter.repeat(600));
    for (const texts of [['line 1'], large]) {
      append(...texts);
      tick();
      await settled();
    }
    const before = reads.length;
    slow.release();
    await settled();
    expect(reads.slice(before)[0]).toBe(2);
    for (let line = 0; line < 3; line += 1) {
      append('small');
      tick();
      await settled();
    }
    // One look for the rest of the batch, and one for each tick.
    expect(reads.length - before).toBe(1 + 3);
    end();
    tick();
    await Promise.all([fast.ended, slow.ended]);
    const all = ['line 0', 'line 1', ...large, 'small', 'small', 'small', 'end COMPLETED'];
    expect([fast.seen, slow.seen]).toEqual([all, all]);
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

  it('is not shown the end once it is aborted', async () => {
    const { append, end, listen } = start();
    append('line 0');
    end();
    const mine = listen();
    mine.hold();
    await settled();
    mine.stop();
    mine.release();
    expect(await mine.ended).toBe('over');
    expect(mine.seen).toEqual(['line 0']);
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

  it('does not keep others from trying again, nor disturb them, while it is slow to hear of a failure', async () => {
    let failure: Error | undefined;
    const { append, tick, pauses, listen } = start({
      beforeRead: () => (failure === undefined ? Promise.resolve() : Promise.reject(failure)),
    });
    const slow = listen();
    await settled();
    slow.hold();
    append('line 0');
    tick();
    await settled();
    failure = new Error('the store is away');
    tick();
    await settled();
    failure = undefined;
    const next = [listen()];
    await settled();
    expect(pauses.size).toBe(1);
    slow.release();
    expect(await slow.ended).toBe('Error: the store is away');
    next.push(listen());
    await settled();
    expect(pauses.size).toBe(1);
    append('line 1');
    tick();
    await settled();
    for (const listener of next) {
      expect(listener.seen).toEqual(numbers(0, 2));
      listener.stop();
    }
    expect(await Promise.all(next.map(({ ended }) => ended))).toEqual(['over', 'over']);
  });

  it('is told before the first line that there is no such dispatch, or no such cursor', async () => {
    const { follower } = start();
    const params = { ...KEY, cursor: '7', signal: new AbortController().signal };
    await expect(follower.follow(params)).rejects.toMatchObject({ code: 'VALIDATION_ERROR' });
    for (const wrong of [{ tenantId: 'globex' }, { dispatchId: 'e' }])
      await expect(follower.follow({ ...params, ...wrong })).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
});

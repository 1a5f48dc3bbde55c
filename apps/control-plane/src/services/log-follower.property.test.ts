import fc from 'fast-check';
import { setImmediate as turn } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { scriptedLog } from '../testing/scripted-log.js';
import { LogFollower } from './log-follower.js';

const index = fc.nat(20);
const count = (max: number) => fc.integer({ min: 1, max });
const action = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('append' as const), lines: count(9) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('join' as const), fromPercent: fc.nat(100) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('take' as const), index, lines: count(12) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('leave' as const), index }) },
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('tick' as const), turns: fc.nat(4) }) },
);
const course = fc.record({
  actions: fc.array(action, { minLength: 5, maxLength: 60 }),
  /** How long reads take, in turns of the event loop, and how many lines they answer. */
  delays: fc.array(fc.nat(3), { minLength: 1, maxLength: 20 }),
  pages: fc.array(count(9), { minLength: 1, maxLength: 20 }),
  batchLines: count(6),
  windowLines: count(12),
});

it('shows every follower every line once, in order, whoever comes, lags or goes', async () => {
  const property = fc.asyncProperty(course, async ({ actions, delays, pages, batchLines, windowLines }) => {
    const delay = cycle(delays);
    const log = scriptedLog({ pageLines: cycle(pages), beforeRead: () => turns(delay()) });
    const follower = new LogFollower({ ...log, batchLines, window: { lines: windowLines, characters: 60 } });
    const listeners: Listener[] = [];
    let lines = 0;
    for (const each of actions) {
      const listener = 'index' in each ? listeners[each.index % listeners.length] : undefined;
      if (each.kind === 'append')
        for (const end = lines + each.lines; lines < end; lines += 1) log.append(`line ${lines}`);
      if (each.kind === 'join')
        listeners.push(new Listener(follower, Math.floor((each.fromPercent / 100) * lines)));
      if (each.kind === 'take') listener?.take(each.lines);
      if (each.kind === 'leave') listener?.leave();
      if (each.kind === 'tick') {
        log.tick();
        await turns(each.turns);
      }
      expect(log.pauses.size).toBeLessThanOrEqual(1);
    }
    log.end();
    for (const listener of listeners) listener.take(Number.POSITIVE_INFINITY);
    while (listeners.some(({ isOver }) => !isOver)) {
      log.tick();
      await turn();
    }
    const all = Array.from({ length: lines }, (_, number) => `line ${number}`);
    for (const { from, seen, hasLeft } of listeners) {
      const expected = [...all.slice(from), 'end'];
      expect(seen).toEqual(hasLeft ? expected.slice(0, seen.length) : expected);
    }
    expect(log.pauses.size).toBe(0);
  });
  await fc.assert(property, { numRuns: 300 });
});

/** A follower who takes as many lines as it is told to. */
class Listener {
  readonly from: number;
  readonly seen: string[] = [];
  isOver = false;
  hasLeft = false;
  readonly #stop = new AbortController();
  #permits = 0;
  #wake = (): void => {};

  constructor(follower: LogFollower, from: number) {
    this.from = from;
    void this.#run(follower);
  }

  take(lines: number): void {
    this.#permits += lines;
    this.#wake();
  }

  leave(): void {
    this.hasLeft = true;
    this.#stop.abort();
    this.#wake();
  }

  async #run(follower: LogFollower): Promise<void> {
    const { signal } = this.#stop;
    const params = { tenantId: 'acme', dispatchId: 'd', cursor: String(this.from), signal };
    for await (const event of await follower.follow(params)) {
      this.seen.push(event.type === 'log' ? event.line.text : event.type);
      this.#permits -= 1;
      while (this.#permits < 0 && !signal.aborted) await this.#permit();
    }
    this.isOver = true;
  }

  async #permit(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
  }
}

async function turns(number: number): Promise<void> {
  for (let left = number; left > 0; left -= 1) await turn();
}

/** Over and over, from the first to the last. */
function cycle(values: readonly number[]): () => number {
  let next = 0;
  return () => {
    next += 1;
    return values[(next - 1) % values.length] ?? 0;
  };
}

import type { CounterStore } from '@outpost/platform';
import { createTemporaryLocalPlatform, type TemporaryLocalPlatform } from '@outpost/platform/testing';
import { pino } from 'pino';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { RateLimiter } from './rate-limiter.js';

const LOGGER = pino({ level: 'silent' });
let local: TemporaryLocalPlatform;

beforeEach(async () => {
  local = await createTemporaryLocalPlatform();
});
afterEach(() => local.cleanup());

/** One instance of several on the same data. */
function instance(counters: CounterStore = local.open().counters): RateLimiter {
  return new RateLimiter({ counters, clock: local.clock, logger: LOGGER });
}

async function use(limiter: RateLimiter, times: number, perMinute = 10): Promise<(number | 'exceeded')[]> {
  const left: (number | 'exceeded')[] = [];
  for (let time = 0; time < times; time += 1) {
    const budget = (await limiter.consume('key', perMinute))!;
    left.push(budget.exceeded ? 'exceeded' : budget.remaining);
  }
  return left;
}

it('a key has its limit, and no limit is none', async () => {
  expect(await use(instance(), 4, 3)).toEqual([2, 1, 0, 'exceeded']);
  expect(await instance().consume('key', 0)).toBeUndefined();
});

it('what one instance counted counts on the others, once', async () => {
  const [one, two] = [instance(), instance()];
  await use(one, 4);
  local.clock.advance(1_000);
  // The first after the interval tells what there is to tell, and learns.
  await use(one, 1);
  await one.settled();
  local.clock.advance(1_000);
  expect(await use(two, 1)).toEqual([9]);
  await two.settled();
  expect(await use(two, 2)).toEqual([3, 2]);
  local.clock.advance(1_000);
  await use(two, 1);
  await two.settled();
  expect(await use(two, 2)).toEqual([0, 'exceeded']);
  local.clock.advance(1_000);
  await use(one, 1);
  await one.settled();
  expect(await use(one, 1)).toEqual(['exceeded']);
});

it('an instance goes on alone while the store does not answer', async () => {
  const limiter = instance({ add: () => Promise.reject(new Error('down')) });
  local.clock.advance(1_000);
  expect(await use(limiter, 3, 2)).toEqual([1, 0, 'exceeded']);
  await limiter.settled();
});

import { expect, it } from 'vitest';
import { ulidTimeMs } from './ulid-time.js';

it.each([
  ['00000000000000000000000000', 0],
  ['01ARZ3NDEKTSV4RRFFQ69G5FAV', 1_469_922_850_259],
  ['7ZZZZZZZZZZZZZZZZZZZZZZZZZ', 2 ** 48 - 1],
])('reads the time of %s', (ulid, time) => {
  expect(ulidTimeMs(ulid)).toBe(time);
});

import fc from 'fast-check';
import { expect, it } from 'vitest';
import { PriorityQueue } from './priority-queue.js';

it('gives all that was put in, first what comes first, whatever is put in in between', () => {
  const step = fc.oneof(fc.integer(), fc.constant('pop' as const));
  const property = fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
    const queue = new PriorityQueue<number>((a, b) => a - b);
    let expected: number[] = [];
    for (const each of steps) {
      if (each === 'pop') {
        expect(queue.pop()).toBe(expected[0]);
        expected = expected.slice(1);
      } else {
        queue.push(each);
        expected = [...expected, each].toSorted((a, b) => a - b);
      }
    }
    for (const each of expected) expect(queue.pop()).toBe(each);
    expect(queue.pop()).toBeUndefined();
  });
  fc.assert(property);
});

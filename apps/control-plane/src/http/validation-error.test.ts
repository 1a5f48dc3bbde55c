import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { validationError } from './validation-error.js';

const schema = z.strictObject({ agent: z.string(), tags: z.record(z.string(), z.string()).optional() });

function errorFor(value: unknown) {
  return validationError('json', schema, schema.safeParse(value).error!.issues);
}

describe('what is wrong with a request', () => {
  it('is told with what is known', () => {
    expect(errorFor({ agent: 'claude', colour: 'red' })).toMatchObject({
      code: 'VALIDATION_ERROR',
      message: 'body.colour is not known here; known: agent, tags',
      details: [{ path: 'body.colour', message: 'is not known here; known: agent, tags' }],
    });
  });

  it.each([
    ['unknown names', Object.fromEntries(Array.from({ length: 10_000 }, (_, index) => [`k${index}`, 0]))],
    [
      'wrong values',
      {
        agent: 'a',
        tags: Object.fromEntries(Array.from({ length: 10_000 }, (_, index) => [`k${index}`, 0])),
      },
    ],
    ['a long name', { agent: 'a', ['x'.repeat(100_000)]: 0 }],
    ['a long name within', { agent: 'a', tags: { ['x'.repeat(100_000)]: 0 } }],
  ])('is told in a few words, however much of it there is: %s', (_, value) => {
    const { message, details } = errorFor(value);
    expect(details!.length).toBeLessThanOrEqual(20);
    expect(message.length).toBeLessThan(2_000);
  });
});

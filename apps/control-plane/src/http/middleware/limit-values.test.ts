import { Hono } from 'hono';
import { expect, it } from 'vitest';
import { limitValues } from './limit-values.js';

const app = new Hono();
app.onError((error, context) => context.text(error.message, 400));
app.post('/', limitValues, (context) => context.text('taken'));

const post = async (body: string): Promise<string> =>
  (await app.request('/', { method: 'POST', body })).text();

it.each([
  ['a list', `{"scopes":[${'1,'.repeat(300_000)}1]}`],
  ['many names', `{${Array.from({ length: 300_000 }, (_, index) => `"k${index}":0`).join(',')}}`],
  ['many lists', `[${'[1,1],'.repeat(400)}1]`],
  ['lists in lists', '['.repeat(300_000) + ']'.repeat(300_000)],
])('of too many values is refused: %s', async (_, body) => {
  expect(await post(body)).toBe('body has more than 1000 values');
});

it.each(['{"agent":"claude","tags":{"a":"b"}}', '', 'no JSON', `[${'1,'.repeat(998)}1]`])(
  'passes otherwise',
  async (body) => {
    expect(await post(body)).toBe('taken');
  },
);

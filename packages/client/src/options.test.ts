import { Hono } from 'hono';
import { expect, test } from 'vitest';
import { OutpostClient, type ClientOptions } from './index.js';
import { clientInProcess, failureOf } from './testing/in-process.js';

const GOOD: ClientOptions = { baseUrl: 'http://127.0.0.1:3000', apiKey: 'otp_test' };

test.each<[unknown, string]>([
  [undefined, 'OutpostClient takes { baseUrl, apiKey }, not undefined.'],
  ['http://127.0.0.1:3000', 'OutpostClient takes { baseUrl, apiKey }, not string.'],
  [{ ...GOOD, baseUrl: undefined }, 'baseUrl must be a string, not undefined.'],
  [
    { ...GOOD, baseUrl: '127.0.0.1' },
    'baseUrl is not a URL: 127.0.0.1; it should be as http://127.0.0.1:3000.',
  ],
  [{ ...GOOD, baseUrl: 'localhost:3000' }, 'must begin with http:// or https://, not localhost:'],
  [{ ...GOOD, baseUrl: 'http://a/?b' }, 'baseUrl can have no query'],
  [{ ...GOOD, baseUrl: 'http://me:secret@a/' }, 'baseUrl can hold no user and no password'],
  [{ ...GOOD, apiKey: undefined }, 'apiKey must be a string that is not empty, not undefined.'],
  [{ ...GOOD, apiKey: '' }, 'apiKey must be a string that is not empty'],
  [{ ...GOOD, apiKey: 'otp_secret\n' }, 'apiKey holds a space, a line break'],
  [{ ...GOOD, fetch: true }, 'fetch must be a function, not true.'],
  [{ ...GOOD, random: 4 }, 'random must be a function, not 4.'],
  [{ ...GOOD, timeoutMs: 0 }, 'timeoutMs must be milliseconds, 1 to 2147483647, not 0.'],
  [{ ...GOOD, timeoutMs: '5' }, 'timeoutMs must be milliseconds, 1 to 2147483647, not string.'],
  [
    { ...GOOD, totalTimeoutMs: Infinity },
    'totalTimeoutMs must be milliseconds, 1 to 2147483647, not Infinity.',
  ],
  [{ ...GOOD, maxRetries: 1.5 }, 'maxRetries must be a whole number from 0, not 1.5.'],
])('a client of %o is refused at once', async (options, message) => {
  const failure = await failureOf((async () => new OutpostClient(options as ClientOptions))());
  expect(failure).toBeInstanceOf(TypeError);
  expect((failure as Error).message).toContain(message);
  expect((failure as Error).message).not.toContain('secret');
});

test.each<[object, string]>([
  [{ signal: 5 }, 'signal must be an AbortSignal, not 5.'],
  [{ timeoutMs: -1 }, 'timeoutMs must be'],
  [{ maxRetries: -1 }, 'maxRetries must be'],
])('a call with %o is refused before it is sent', async (options, message) => {
  const failure = await failureOf(clientInProcess(new Hono()).fleet(options));
  expect(failure).toBeInstanceOf(TypeError);
  expect((failure as Error).message).toContain(message);
});

test.each(['', '.', '..', undefined, 7])('an id cannot be %o', async (id) => {
  const { dispatches } = clientInProcess(new Hono());
  await expect(dispatches.get(id as string)).rejects.toThrow(TypeError);
  expect(() => dispatches.retry(id as string)).toThrow(/An id (must|cannot) be/);
});

test('a task has to be an object', () => {
  const { dispatches } = clientInProcess(new Hono());
  expect(() => dispatches.create('Add a test.' as never)).toThrow(
    'dispatches.create takes { agent, task, … }, not string.',
  );
});

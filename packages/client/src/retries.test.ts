import type { ErrorCode } from '@outpost/contracts';
import { ERROR_STATUS } from '@outpost/contracts';
import { Hono, type Context } from 'hono';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { ConflictError, OutpostApiError, OutpostConnectionError, OutpostTimeoutError } from './index.js';
import { DISPATCH_ID, dispatchOf } from './testing/dispatch.js';
import { clientInProcess, failureOf } from './testing/in-process.js';

const START = Date.parse('2026-11-23T12:00:00.000Z');
const TASK = { agent: 'claude', task: 'Add a test for the cart.' } as const;
const NEVER = new Promise<Response>(() => undefined);

beforeEach(() => {
  vi.useFakeTimers({ now: START });
});
afterEach(() => {
  vi.useRealTimers();
});

function refusal(context: Context, code: ErrorCode, headers: Record<string, string> = {}): Response {
  return context.json({ error: { code, message: 'No.', requestId: 'r' } }, ERROR_STATUS[code], headers);
}

/** An app whose answers come from `answer`, the number of the attempt from 1; and when each attempt came, in ms. */
function appOf(answer: (attempt: number, context: Context) => Response | Promise<Response>) {
  const attempts: { at: number; key: string | undefined }[] = [];
  const app = new Hono();
  app.all('*', async (context) => {
    attempts.push({ at: Date.now() - START, key: context.req.header('idempotency-key') });
    return answer(attempts.length, context);
  });
  return { app, attempts, times: () => attempts.map(({ at }) => at) };
}

/** Runs the call to its end, however long it waits. */
async function settled<T>(work: Promise<T>): Promise<T> {
  work.catch(() => undefined);
  await vi.runAllTimersAsync();
  return work;
}

test.each([
  [0, [0, 250, 750]],
  [1, [0, 312.5, 937.5]],
])('a call is tried three times, with jitter %d after %o ms', async (random, times) => {
  const broken = appOf((attempt, context) =>
    attempt < 3 ? refusal(context, 'SERVICE_UNAVAILABLE') : context.json({ agents: [] }),
  );
  const client = clientInProcess(broken.app, { random: () => random });
  expect(await settled(client.fleet())).toEqual({ agents: [] });
  expect(broken.times().map(Math.floor)).toEqual(times.map(Math.floor));
});

test('after three tries the last error is the answer; maxRetries says otherwise', async () => {
  const { app, attempts } = appOf((_, context) => refusal(context, 'INTERNAL_ERROR'));
  const client = clientInProcess(app);
  expect(await failureOf(settled(client.fleet()))).toMatchObject({ code: 'INTERNAL_ERROR', requestId: 'r' });
  expect(attempts).toHaveLength(3);
  await failureOf(settled(client.fleet({ maxRetries: 0 })));
  expect(attempts).toHaveLength(4);
  await failureOf(settled(clientInProcess(app, { maxRetries: 4 }).fleet()));
  expect(attempts).toHaveLength(9);
});

test.each([
  ['seconds', '7'],
  ['a date', new Date(START + 7_000).toUTCString()],
])('Retry-After as %s is waited for', async (_, value) => {
  const { app, times } = appOf((attempt, context) =>
    attempt === 1
      ? refusal(context, 'RATE_LIMIT_EXCEEDED', { 'Retry-After': value })
      : context.json({ agents: [] }),
  );
  await settled(clientInProcess(app, { random: () => 0 }).fleet());
  expect(times()).toEqual([0, 7_000]);
});

test('a Retry-After beyond the total time-out is not waited for', async () => {
  const { app, attempts } = appOf((_, context) =>
    refusal(context, 'RATE_LIMIT_EXCEEDED', { 'Retry-After': '400' }),
  );
  const failure = await failureOf(clientInProcess(app).fleet());
  expect(failure).toMatchObject({ code: 'RATE_LIMIT_EXCEEDED', retryAfterSeconds: 400 });
  expect(attempts).toHaveLength(1);
});

test.each(['VALIDATION_ERROR', 'AUTHENTICATION_ERROR', 'NOT_FOUND', 'CONFLICT'] as const)(
  '%s is not tried again',
  async (code) => {
    const { app, attempts } = appOf((_, context) => refusal(context, code));
    await failureOf(settled(clientInProcess(app).fleet()));
    expect(attempts).toHaveLength(1);
  },
);

test('a create has one Idempotency-Key for all its attempts, and another create another', async () => {
  const { app, attempts } = appOf((attempt, context) =>
    attempt % 3 === 0 ? context.json(dispatchOf(), 202) : refusal(context, 'SERVICE_UNAVAILABLE'),
  );
  const { dispatches } = clientInProcess(app);
  await settled(dispatches.create(TASK));
  await settled(dispatches.retry(DISPATCH_ID));
  await settled(dispatches.create(TASK, { idempotencyKey: 'mine' }));
  const keys = attempts.map(({ key }) => key);
  expect(keys[0]).toMatch(/^[0-9a-f]{32}$/);
  expect(new Set(keys.slice(0, 3)).size).toBe(1);
  expect(new Set(keys.slice(3, 6)).size).toBe(1);
  expect(keys[0]).not.toBe(keys[3]);
  expect(keys.slice(6)).toEqual(['mine', 'mine', 'mine']);
});

test('what would be done twice is tried again only where the server refused to do it', async () => {
  const input = { name: 'ci', scopes: ['dispatch'] } as const;
  const broken = appOf((_, context) => refusal(context, 'INTERNAL_ERROR'));
  await failureOf(settled(clientInProcess(broken.app).apiKeys.create(input)));
  expect(broken.attempts).toHaveLength(1);
  const busy = appOf((attempt, context) =>
    attempt === 1 ? refusal(context, 'RATE_LIMIT_EXCEEDED') : context.json({ key: 'otp_' }, 201),
  );
  expect(await settled(clientInProcess(busy.app).apiKeys.create(input))).toEqual({ key: 'otp_' });
});

test('an attempt that takes too long is given up and repeated', async () => {
  const { app, times } = appOf((attempt, context) => (attempt === 1 ? NEVER : context.json({ agents: [] })));
  const client = clientInProcess(app, { timeoutMs: 1_000, random: () => 0 });
  expect(await settled(client.fleet())).toEqual({ agents: [] });
  expect(times()).toEqual([0, 1_250]);
});

test('all attempts together end with the total time-out', async () => {
  const { app, times } = appOf(() => NEVER);
  const client = clientInProcess(app, { timeoutMs: 1_000, random: () => 0 });
  const failure = await failureOf(settled(client.fleet({ totalTimeoutMs: 1_600 })));
  expect(failure).toBeInstanceOf(OutpostTimeoutError);
  expect(failure).toBeInstanceOf(OutpostConnectionError);
  expect((failure as Error).message).toBe('http://outpost did not answer within 0.35 s.');
  expect(times()).toEqual([0, 1_250]);
  expect(Date.now() - START).toBe(1_600);
});

test('a signal ends an attempt, and the wait between two, with its reason and without a trace', async () => {
  for (const answer of [async () => NEVER, (context: Context) => refusal(context, 'INTERNAL_ERROR')]) {
    const { app, attempts } = appOf(async (_, context) => answer(context));
    const controller = new AbortController();
    const reason = new Error('enough');
    const work = failureOf(clientInProcess(app).fleet({ signal: controller.signal }));
    await vi.advanceTimersByTimeAsync(100);
    controller.abort(reason);
    expect(await work).toBe(reason);
    expect(attempts).toHaveLength(1);
    expect(vi.getTimerCount()).toBe(0);
  }
});

test('every code has its class, and a code of a newer server is told all the same', async () => {
  const { app } = appOf((_, context) => {
    const code = context.req.query('month') as ErrorCode;
    const status = ERROR_STATUS[code] ?? 418;
    return context.json({ error: { code, message: 'No.', news: 1 } }, status as 418, {
      'X-Request-Id': 'r9',
    });
  });
  const client = clientInProcess(app, { maxRetries: 0 });
  const names = new Set<string>();
  for (const code of Object.keys(ERROR_STATUS)) {
    const failure = await failureOf(client.usage({ month: code }));
    expect(failure).toBeInstanceOf(OutpostApiError);
    expect(failure).toMatchObject({ code, requestId: 'r9', status: ERROR_STATUS[code as ErrorCode] });
    names.add((failure as Error).name);
  }
  expect(names.size).toBe(Object.keys(ERROR_STATUS).length);
  expect(await failureOf(client.usage({ month: 'CONFLICT' }))).toBeInstanceOf(ConflictError);
  const unknown = await failureOf(client.usage({ month: 'TEAPOT' }));
  expect(unknown).toMatchObject({ name: 'OutpostApiError', code: 'TEAPOT', status: 418 });
});

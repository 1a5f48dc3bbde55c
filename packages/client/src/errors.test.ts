import { Hono } from 'hono';
import { createServer } from 'node:net';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { OutpostApiError, OutpostClient, OutpostConnectionError, RateLimitExceededError } from './index.js';
import { failureOf } from './testing/in-process.js';
import { startServer } from './testing/server.js';

test('an error of the API keeps all that it says', async () => {
  const app = new Hono();
  const error = {
    code: 'RATE_LIMIT_EXCEEDED',
    message: 'Slow down.',
    details: [{ path: 'body.task', message: 'x' }],
    requestId: 'r1',
  };
  app.get('/fleet', (c) => c.json({ error }, 429, { 'Retry-After': '7' }));
  await using server = await startServer(app);
  const failure = await failureOf(
    new OutpostClient({ baseUrl: server.url, apiKey: 'k', maxRetries: 0 }).fleet(),
  );
  expect(failure).toBeInstanceOf(OutpostApiError);
  expect(failure).toBeInstanceOf(RateLimitExceededError);
  expect(failure).toMatchObject({ status: 429, ...error, retryAfterSeconds: 7 });
});

test('an error that is not of Outpost is told apart', async () => {
  const app = new Hono();
  app.get('/fleet', (c) => c.html('<h1>Bad\n gateway</h1>', 502, { 'X-Request-Id': 'r2' }));
  await using server = await startServer(app);
  const failure = await failureOf(
    new OutpostClient({ baseUrl: server.url, apiKey: 'k', maxRetries: 0 }).fleet(),
  );
  expect(failure).toMatchObject({ status: 502, code: 'UNEXPECTED_ANSWER', requestId: 'r2', details: [] });
  expect((failure as Error).message).toContain('<h1>Bad gateway</h1>');
});

test('a success that is not JSON is an unexpected answer', async () => {
  const app = new Hono();
  app.get('/fleet', (c) => c.html('<p>hello</p>'));
  await using server = await startServer(app);
  const failure = await failureOf(
    new OutpostClient({ baseUrl: server.url, apiKey: 'k', maxRetries: 0 }).fleet(),
  );
  expect(failure).toMatchObject({ status: 200, code: 'UNEXPECTED_ANSWER' });
});

test('a redirect is not followed: the key would travel on', async () => {
  const reached: string[] = [];
  const app = new Hono();
  app.get('/fleet', (c) => c.redirect('/elsewhere', 308));
  app.get('/elsewhere', (c) => {
    reached.push(c.req.header('x-api-key') ?? '');
    return c.json({});
  });
  await using server = await startServer(app);
  const failure = await failureOf(
    new OutpostClient({ baseUrl: server.url, apiKey: 'k', maxRetries: 0 }).fleet(),
  );
  expect((failure as Error).message).toContain('redirects to /elsewhere');
  expect(reached).toEqual([]);
});

test('a refused connection says where and why', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  const failure = await failureOf(
    new OutpostClient({ baseUrl: `http://127.0.0.1:${port}`, apiKey: 'k', maxRetries: 0 }).fleet(),
  );
  expect(failure).toBeInstanceOf(OutpostConnectionError);
  expect((failure as Error).message).toBe(
    `Cannot reach Outpost at http://127.0.0.1:${port} (ECONNREFUSED). Is the control plane running?`,
  );
});

test('a server that does not answer ends in a time-out, an abort in its own reason', async () => {
  const app = new Hono();
  app.get('/fleet', async () => new Promise<Response>(() => undefined));
  await using server = await startServer(app);
  const client = new OutpostClient({ baseUrl: server.url, apiKey: 'k', timeoutMs: 50, maxRetries: 0 });
  expect(((await failureOf(client.fleet())) as Error).message).toBe(
    `${server.url} did not answer within 0.05 s.`,
  );
  const reason = new Error('enough');
  expect(await failureOf(client.fleet({ signal: AbortSignal.abort(reason) }))).toBe(reason);
});

test('a body that stops half way ends in a time-out, and is asked for again', async () => {
  let requests = 0;
  const app = new Hono();
  app.get('/fleet', (c) => {
    requests += 1;
    if (requests > 1) return c.json({ agents: [] });
    const body = new ReadableStream({ start: (stream) => stream.enqueue(new TextEncoder().encode('{"ag')) });
    return c.body(body, 200, { 'Content-Type': 'application/json' });
  });
  await using server = await startServer(app);
  const client = new OutpostClient({ baseUrl: server.url, apiKey: 'k', timeoutMs: 300 });
  expect(await client.fleet()).toEqual({ agents: [] });
  expect(requests).toBe(2);
});

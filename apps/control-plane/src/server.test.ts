import { Hono } from 'hono';
import { Agent, request, type IncomingMessage } from 'node:http';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { AppEnv } from './http/app-env.js';
import { limitBody } from './http/middleware/limit-body.js';
import { listen, type RunningServer } from './server.js';

/** More than a socket takes in one go, so that some of it is unread when the answer is there. */
const LONG_BODY = 'x'.repeat(1_000_000);

let server: RunningServer;
let agent: Agent;

beforeEach(async () => {
  const app = new Hono<AppEnv>();
  app.use(limitBody);
  app.onError((error, context) => context.text(error.message, 413));
  app.post('/read', async (context) => context.text(String((await context.req.text()).length)));
  app.post('/refused', (context) => context.text('no', 401));
  app.get('/', (context) => context.text('yes'));
  server = await listen(app, { host: '127.0.0.1', port: 0 });
  agent = new Agent({ keepAlive: true, maxSockets: 1 });
});
afterEach(async () => {
  vi.useRealTimers();
  agent.destroy();
  await server.close();
});

async function call(
  options: { method?: string; path?: string; headers?: Record<string, string> },
  body = '',
) {
  const { hostname, port } = new URL(server.url);
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const outgoing = request({ hostname, port, agent, ...options }, resolve).on('error', reject);
  outgoing.end(body);
  const response = await promise;
  let text = '';
  for await (const part of response) text += String(part);
  return { status: response.statusCode, headers: response.headers, text, reused: outgoing.reusedSocket };
}

describe('a connection', () => {
  it.each([{}, { 'transfer-encoding': 'chunked' }])(
    'answers a body that is too large, %j',
    async (headers) => {
      const answer = await call({ method: 'POST', path: '/read', headers }, 'x'.repeat(11 * 1024 * 1024));
      expect(answer).toMatchObject({ status: 413, text: 'The body is larger than 10 MB.' });
      expect(await call({})).toMatchObject({ status: 200 });
    },
  );

  it('goes on after a body without a length', async () => {
    const options = { method: 'POST', headers: { 'transfer-encoding': 'chunked' } };
    expect(await call({ ...options, path: '/read' }, LONG_BODY)).toMatchObject({ text: '1000000' });
    expect(await call({ ...options, path: '/refused' }, LONG_BODY)).toMatchObject({
      status: 401,
      reused: true,
    });
    expect(await call({})).toMatchObject({ status: 200, reused: true });
  });

  it('goes on after a request whose body nobody read', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout'] });
    expect(await call({ method: 'POST', path: '/refused' }, LONG_BODY)).toMatchObject({ status: 401 });
    expect(await call({})).toMatchObject({ status: 200, reused: true });
    await vi.advanceTimersByTimeAsync(60_000);
    expect(await call({})).toMatchObject({ status: 200, reused: true });
  });
});

describe('a request that has no URL', () => {
  it.each(['a b', '[::1', 'user@host', 'h:99999'])('of the host %s is refused as all are', async (host) => {
    const { status, headers, text } = await call({ headers: { host } });
    expect(status).toBe(400);
    expect(JSON.parse(text)).toMatchObject({
      error: { code: 'VALIDATION_ERROR', requestId: headers['x-request-id'] },
    });
  });
});

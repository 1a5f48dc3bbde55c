import { Hono } from 'hono';
import { Agent, request, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { text as textOf } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { AppEnv } from './http/app-env.js';
import { limitBody } from './http/middleware/limit-body.js';
import { listen, type RunningServer } from './server.js';

/** More than a socket takes in one go, so that some of it is unread when the answer is there. */
const LONG_BODY = 'x'.repeat(1_000_000);

let app: Hono<AppEnv>;
let server: RunningServer;
let agent: Agent;

beforeEach(async () => {
  app = new Hono<AppEnv>();
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
  const received = await textOf(response);
  return {
    status: response.statusCode,
    headers: response.headers,
    text: received,
    reused: outgoing.reusedSocket,
  };
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

describe('a request that never becomes whole', () => {
  it.each([
    ['head', 'GET / HTTP/1.1\r\nHost: x\r\n'],
    ['body', 'POST /read HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhalf'],
  ])('is refused, and its connection closed: its %s', async (_, sent) => {
    const limits = { headMs: 30, requestMs: 30, lookMs: 10 };
    const impatient = await listen(app, { host: '127.0.0.1', port: 0 }, limits);
    const socket = connect(Number(new URL(impatient.url).port), '127.0.0.1', () => socket.write(sent));
    const answer = await textOf(socket);
    expect(answer).toMatch(/^HTTP\/1\.1 408 /);
    await impatient.close();
  });
});

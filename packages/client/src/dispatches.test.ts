import type { Dispatch, LogLine } from '@outpost/contracts';
import { Hono } from 'hono';
import { streamSSE, type SSEStreamingApi } from 'hono/streaming';
import { expect, test } from 'vitest';
import { OutpostClient } from './index.js';
import { DISPATCH_ID, dispatchOf } from './testing/dispatch.js';
import { startServer, type TestServer } from './testing/server.js';

const LINES: readonly LogLine[] = ['one', 'zwei ✓', 'three'].map((text) => ({
  at: '2026-11-23T12:00:00.000Z',
  kind: 'text',
  text,
}));

function clientOf(server: TestServer): OutpostClient {
  return new OutpostClient({ baseUrl: server.url, apiKey: 'k' });
}

/** Serves the log; `after(n, stream)` runs once line n has been sent. Cursors count from 1. */
function logApp(after: (sent: number, stream: SSEStreamingApi) => Promise<void>) {
  const resumedFrom: (string | undefined)[] = [];
  const app = new Hono();
  app.get('/dispatch/:id/logs', (c) => {
    const last = c.req.header('last-event-id');
    resumedFrom.push(last);
    return streamSSE(c, async (stream) => {
      for (let index = Number(last ?? 0); index < LINES.length; index += 1) {
        await stream.writeSSE({ event: 'log', id: String(index + 1), data: JSON.stringify(LINES[index]) });
        await after(index + 1, stream);
        if (stream.aborted || stream.closed) return;
      }
      await stream.writeSSE({ event: 'end', data: JSON.stringify({ status: 'COMPLETED' }) });
    });
  });
  return { app, resumedFrom };
}

interface Reading {
  readonly idleTimeoutMs?: number;
  readonly maxReconnects?: number;
  readonly onText?: (text: string) => void;
}

async function textsOf(client: OutpostClient, { onText, ...options }: Reading = {}) {
  const stream = client.dispatches.followLogs(DISPATCH_ID, options);
  const texts: string[] = [];
  for (;;) {
    const next = await stream.next();
    if (next.done === true) return { texts, status: next.value };
    texts.push(next.value.text);
    onText?.(next.value.text);
  }
}

const ALL = { texts: ['one', 'zwei ✓', 'three'], status: 'COMPLETED' };

test('followLogs yields every line, then the status', async () => {
  const { app, resumedFrom } = logApp(async () => undefined);
  await using server = await startServer(app);
  expect(await textsOf(clientOf(server))).toEqual(ALL);
  expect(resumedFrom).toEqual([undefined]);
});

test('followLogs resumes after a crash, a close and a silence, without a line lost or twice', async () => {
  for (const breakIt of ['crash', 'close', 'silence'] as const) {
    const secondLine = Promise.withResolvers<string>();
    let isBroken = false;
    const { app, resumedFrom } = logApp(async (sent, stream) => {
      if (sent !== 2 || isBroken) return;
      isBroken = true;
      // A line on its way when the connection breaks is sent again: here it should have arrived.
      await secondLine.promise;
      if (breakIt === 'crash') server.dropConnections();
      if (breakIt === 'close') await stream.close();
      if (breakIt === 'silence') await stream.sleep(10_000);
    });
    await using server = await startServer(app);
    const onText = (text: string): void => {
      if (text === LINES[1]?.text) secondLine.resolve(text);
    };
    const options = { onText, idleTimeoutMs: breakIt === 'silence' ? 1_000 : 60_000 };
    expect(await textsOf(clientOf(server), options), breakIt).toEqual(ALL);
    expect(resumedFrom, breakIt).toEqual([undefined, '2']);
  }
});

test('followLogs gives up on a server that keeps closing, and at once on a refusal', async () => {
  let requests = 0;
  const app = new Hono();
  app.get('/dispatch/:id/logs', (c) => {
    requests += 1;
    if (c.req.param('id') === DISPATCH_ID) return streamSSE(c, async () => undefined);
    return c.json({ error: { code: 'NOT_FOUND', message: 'No such dispatch.', requestId: 'r' } }, 404);
  });
  await using server = await startServer(app);
  await expect(textsOf(clientOf(server), { maxReconnects: 1 })).rejects.toThrow(
    'closed before the dispatch ended',
  );
  expect(requests).toBe(2);
  await expect(clientOf(server).dispatches.followLogs('other').next()).rejects.toMatchObject({
    code: 'NOT_FOUND',
  });
  expect(requests).toBe(3);
});

test('followLogs does not take for a line what is none', async () => {
  const app = new Hono();
  app.get('/dispatch/:id/logs', (c) =>
    streamSSE(c, async (stream) => stream.writeSSE({ event: 'log', id: '1', data: '<p>hello</p>' })),
  );
  await using server = await startServer(app);
  await expect(textsOf(clientOf(server))).rejects.toMatchObject({
    name: 'UnexpectedAnswerError',
    message: 'The server sent an event of type log that is not JSON.',
  });
});

test('followLogs ends with the signal, and closes its connection when the reader leaves', async () => {
  let open = 0;
  const { app } = logApp(async (_, stream) => {
    open += 1;
    stream.onAbort(() => {
      open -= 1;
    });
    await stream.sleep(60_000);
  });
  await using server = await startServer(app);
  for await (const line of clientOf(server).dispatches.followLogs(DISPATCH_ID)) {
    expect(line).toEqual({ ...LINES[0], cursor: '1' });
    break;
  }
  await expect.poll(() => open).toBe(0);

  const controller = new AbortController();
  const stream = clientOf(server).dispatches.followLogs(DISPATCH_ID, { signal: controller.signal });
  await stream.next();
  const reason = new Error('enough');
  setTimeout(() => controller.abort(reason), 20);
  await expect(stream.next()).rejects.toBe(reason);
});

test('wait reports every change once, and outlives an outage', async () => {
  const answers: (Partial<Dispatch> | number)[] = [
    { status: 'PENDING' },
    { status: 'RUNNING', stage: 'clone' },
    503,
    { status: 'RUNNING', stage: 'clone' },
    { status: 'RUNNING', stage: 'run' },
    { status: 'COMPLETED' },
  ];
  const app = new Hono();
  app.get('/dispatch/:id', (c) => {
    const answer = answers.shift() ?? {};
    return typeof answer === 'number' ? c.text('', 503) : c.json(dispatchOf(answer));
  });
  await using server = await startServer(app);
  const seen: string[] = [];
  const dispatch = await clientOf(server).dispatches.wait(DISPATCH_ID, {
    pollIntervalMs: 5,
    onUpdate: ({ status, stage }) => seen.push(`${status} ${stage ?? '-'}`),
  });
  expect(dispatch.status).toBe('COMPLETED');
  expect(seen).toEqual(['PENDING -', 'RUNNING clone', 'RUNNING run', 'COMPLETED -']);
});

test('wait stops at an error that will not pass, and with the signal', async () => {
  const app = new Hono();
  app.get('/dispatch/other', (c) =>
    c.json({ error: { code: 'NOT_FOUND', message: 'None.', requestId: 'r' } }, 404),
  );
  app.get('/dispatch/:id', (c) => c.json(dispatchOf()));
  await using server = await startServer(app);
  const { dispatches } = clientOf(server);
  await expect(dispatches.wait('other')).rejects.toMatchObject({ status: 404 });
  const reason = new Error('enough');
  const controller = new AbortController();
  setTimeout(() => controller.abort(reason), 30);
  const { signal } = controller;
  await expect(dispatches.wait(DISPATCH_ID, { signal, pollIntervalMs: 60_000 })).rejects.toBe(reason);
});

test('create(...).result() is the dispatch once it has ended; the promise itself the dispatch as accepted', async () => {
  const app = new Hono();
  const asked: string[] = [];
  app.post('/dispatch', (c) => c.json(dispatchOf(), 202));
  app.get('/dispatch/:id', (c) => {
    asked.push(c.req.param('id'));
    return c.json(dispatchOf({ status: asked.length < 3 ? 'RUNNING' : 'FAILED' }));
  });
  await using server = await startServer(app);
  const created = clientOf(server).dispatches.create({ agent: 'claude', task: 'Add a test for the cart.' });
  expect(await created).toMatchObject({ status: 'PENDING' });
  expect(asked).toEqual([]);
  expect(await created.result({ pollIntervalMs: 5 })).toMatchObject({ status: 'FAILED' });
  expect(asked).toEqual([DISPATCH_ID, DISPATCH_ID, DISPATCH_ID]);
});

test('result() of a dispatch that is refused is the refusal, once', async () => {
  const app = new Hono();
  app.post('/dispatch', (c) => c.json({ error: { code: 'CONFLICT', message: 'No.', requestId: 'r' } }, 409));
  await using server = await startServer(app);
  const { dispatches } = clientOf(server);
  const created = dispatches.create({ agent: 'claude', task: 'Add a test for the cart.' });
  await expect(created.result()).rejects.toMatchObject({ name: 'ConflictError' });
});

test('wait gives up after its total time-out, and says where the dispatch was', async () => {
  const app = new Hono();
  app.get('/dispatch/:id', (c) => c.json(dispatchOf({ status: 'RUNNING', stage: 'clone' })));
  await using server = await startServer(app);
  await expect(
    clientOf(server).dispatches.wait(DISPATCH_ID, { totalTimeoutMs: 100, pollIntervalMs: 60_000 }),
  ).rejects.toThrow('The dispatch has not ended within 0.1 s: RUNNING clone.');
});

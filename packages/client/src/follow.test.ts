import { Hono } from 'hono';
import { streamSSE } from 'hono/streaming';
import { expect, test } from 'vitest';
import { follow } from './follow.js';
import { startServer } from './testing/server.js';
import { Transport } from './transport.js';

const EVENTS = ['dispatch.pending', 'dispatch.started', 'dispatch.completed'];

test('a feed of events of many types is followed as a log is, over connections that end', async () => {
  const resumedFrom: (string | undefined)[] = [];
  const app = new Hono();
  app.get('/dispatch/x/events', (c) => {
    const last = c.req.header('last-event-id');
    resumedFrom.push(last);
    return streamSSE(c, async (stream) => {
      const from = last === undefined ? 0 : EVENTS.indexOf(last) + 1;
      // One at a time: who wants all of them has to come back.
      const type = EVENTS[from];
      if (type === undefined) return stream.writeSSE({ event: 'end', data: '{"status":"COMPLETED"}' });
      await stream.writeSSE({ event: 'notice', id: 'no-event', data: '{}' });
      await stream.writeSSE({ event: type, id: type, data: JSON.stringify({ type }) });
    });
  });
  await using server = await startServer(app);
  const transport = new Transport({ baseUrl: server.url, apiKey: 'k', random: () => 0 });
  const feed = {
    path: '/dispatch/x/events',
    name: 'event',
    has: (type: string | undefined) => type?.startsWith('dispatch.') === true,
  };
  const events = follow<{ type: string }>(transport, feed);
  const seen: unknown[] = [];
  let next = await events.next();
  for (; next.done !== true; next = await events.next()) seen.push(next.value);
  expect(seen).toEqual(EVENTS.map((type) => ({ type, cursor: type })));
  expect(next.value).toBe('COMPLETED');
  expect(resumedFrom).toEqual([undefined, ...EVENTS]);
});

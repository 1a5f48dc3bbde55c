import type { AuditPage, DispatchPage, LogPage } from '@outpost/contracts';
import { Hono } from 'hono';
import { expect, test } from 'vitest';
import { DISPATCH_ID, dispatchOf } from './testing/dispatch.js';
import { clientInProcess, failureOf } from './testing/in-process.js';

const PAGES: Readonly<Record<string, readonly [tasks: readonly string[], next: string | undefined]>> = {
  first: [['one', 'two'], 'b'],
  b: [['three'], 'c'],
  c: [['four'], undefined],
};

function runsApp() {
  const queries: Record<string, string>[] = [];
  const app = new Hono();
  app.get('/runs', (c) => {
    queries.push(c.req.query());
    const page = PAGES[c.req.query('cursor') ?? 'first'];
    if (page === undefined) return c.json({ error: { code: 'VALIDATION_ERROR', message: 'No.' } }, 400);
    const [tasks, nextCursor] = page;
    return c.json({ runs: tasks.map((task) => dispatchOf({ task })), nextCursor } satisfies DispatchPage);
  });
  return { client: clientInProcess(app), queries };
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

test('a list is awaited for one page', async () => {
  const { client, queries } = runsApp();
  const page = await client.dispatches.list({ limit: 2 });
  expect(page.runs.map(({ task }) => task)).toEqual(['one', 'two']);
  expect(page.nextCursor).toBe('b');
  expect(queries).toEqual([{ limit: '2' }]);
});

test('a list is iterated over all its pages, with the same query', async () => {
  const { client, queries } = runsApp();
  const tasks = (await all(client.dispatches.list({ agent: 'grok' }))).map(({ task }) => task);
  expect(tasks).toEqual(['one', 'two', 'three', 'four']);
  expect(queries).toEqual([
    { agent: 'grok' },
    { agent: 'grok', cursor: 'b' },
    { agent: 'grok', cursor: 'c' },
  ]);
});

test('pages are fetched as they are wanted, from any cursor', async () => {
  const { client, queries } = runsApp();
  for await (const { runs } of client.dispatches.list({ cursor: 'b' }).pages()) {
    expect(runs).toHaveLength(1);
    break;
  }
  expect(queries).toEqual([{ cursor: 'b' }]);
  expect(await all(client.dispatches.list({ cursor: 'b' }).pages())).toHaveLength(2);
});

test('an iteration fails where a page does', async () => {
  const { client } = runsApp();
  expect(await failureOf(all(client.dispatches.list({ cursor: 'wrong' })))).toMatchObject({ status: 400 });
});

test('the log is iterated as far as it is there', async () => {
  const line = { at: '2026-11-23T12:00:00.000Z', kind: 'text' } as const;
  const pages: Readonly<Record<string, LogPage>> = {
    '0': { lines: [{ ...line, text: 'one' }], nextCursor: '1', complete: false },
    '1': { lines: [{ ...line, text: 'two' }], nextCursor: '2', complete: true },
    '5': { lines: [], nextCursor: '5', complete: false },
  };
  const app = new Hono();
  app.get(`/dispatch/${DISPATCH_ID}/logs`, (c) => c.json(pages[c.req.query('cursor') ?? '0']));
  const { dispatches } = clientInProcess(app);
  expect((await all(dispatches.logs(DISPATCH_ID))).map(({ text }) => text)).toEqual(['one', 'two']);
  expect(await all(dispatches.logs(DISPATCH_ID, { cursor: '5' }))).toEqual([]);
});

test('the audit log is iterated too', async () => {
  const app = new Hono();
  app.get('/audit', (c) =>
    c.json({
      entries: [],
      ...(c.req.query('cursor') === undefined && { nextCursor: 'b' }),
    } satisfies AuditPage),
  );
  expect(await all(clientInProcess(app).audit.list({ action: 'tenant.create' }).pages())).toHaveLength(2);
});

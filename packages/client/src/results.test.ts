import { Hono } from 'hono';
import { expect, test } from 'vitest';
import { OutpostClient } from './index.js';
import { DISPATCH_ID } from './testing/dispatch.js';
import { startServer } from './testing/server.js';

/** Answers with what it was asked. */
function echo(): Hono {
  const app = new Hono();
  app.all('*', async (c) => {
    const { method, path } = c.req;
    const body = await c.req.text();
    return c.json({
      method,
      path,
      ...(body !== '' && { json: JSON.parse(body) as unknown }),
      documents: [path],
    });
  });
  return app;
}

test('context documents are written, read and deleted by their names', async () => {
  await using server = await startServer(echo());
  const { contextDocuments } = new OutpostClient({ baseUrl: server.url, apiKey: 'k' });
  const path = '/context-documents/PROFILE';
  expect(await contextDocuments.put('PROFILE', 'Small steps.')).toMatchObject({
    method: 'PUT',
    path,
    json: { content: 'Small steps.' },
  });
  expect(await contextDocuments.get('PROFILE')).toMatchObject({ method: 'GET', path });
  expect(await contextDocuments.delete('PROFILE')).toMatchObject({ method: 'DELETE', path });
  expect(await contextDocuments.list()).toEqual(['/context-documents']);
});

test('the archive, the manifest and its key are where the API has them', async () => {
  await using server = await startServer(echo());
  const { artifacts } = new OutpostClient({ baseUrl: server.url, apiKey: 'k' });
  const archive = await artifacts.archive(DISPATCH_ID);
  expect(await archive.json()).toMatchObject({ path: `/artifacts/${DISPATCH_ID}/archive` });
  expect(await artifacts.manifest(DISPATCH_ID)).toMatchObject({ path: `/artifacts/${DISPATCH_ID}/manifest` });
  expect(await artifacts.manifestKey()).toMatchObject({ path: '/manifest-key' });
});

import { ROUTES, type RouteDefinition } from '@outpost/contracts';
import { Hono } from 'hono';
import { expect, test } from 'vitest';
import { OutpostClient } from './index.js';
import { DISPATCH_ID, dispatchOf } from './testing/dispatch.js';
import { startServer } from './testing/server.js';

const KEY_ID = '3d2f9a0e-6f2b-4d54-9a77-0d6f6f1f8a11';

/** Answers everything with `answer`, and remembers what was asked. */
async function recorder(answer: unknown = {}) {
  const requests: { method: string; path: string; url: URL; headers: Headers; body: string }[] = [];
  const app = new Hono();
  app.all('*', async (c) => {
    const url = new URL(c.req.url);
    requests.push({
      method: c.req.method,
      path: url.pathname,
      url,
      headers: c.req.raw.headers,
      body: await c.req.text(),
    });
    return c.json(answer as object);
  });
  const server = await startServer(app);
  return { server, requests, client: new OutpostClient({ baseUrl: server.url, apiKey: 'otp_test' }) };
}

test('every call is an operation of the route table', async () => {
  const { server, requests, client } = await recorder({
    status: 'COMPLETED',
    artifacts: [],
    apiKeys: [],
    tenants: [],
    entries: [],
    runs: [],
    lines: [],
    webhooks: [],
  });
  await using _ = server;
  await client.dispatches.create({ agent: 'claude', task: 'Add a test for the cart.' });
  await client.dispatches.get(DISPATCH_ID);
  await client.dispatches.cancel(DISPATCH_ID);
  await client.dispatches.promote(DISPATCH_ID);
  await client.dispatches.list();
  await client.dispatches.logs(DISPATCH_ID);
  await client.dispatches.events(DISPATCH_ID);
  await client.dispatches.retry(DISPATCH_ID);
  await client.audit.list();
  await client.fleet();
  await client.health();
  await client.artifacts.list(DISPATCH_ID);
  await client.apiKeys.create({ name: 'ci', scopes: ['dispatch'] });
  await client.apiKeys.list();
  await client.apiKeys.rotate(KEY_ID, { overlapSeconds: 60 });
  await client.apiKeys.revoke(KEY_ID);
  await client.tenants.create({ tenantId: 'acme' });
  await client.tenants.list();
  await client.tenants.get('acme');
  await client.tenants.update('acme', { status: 'suspended' });
  await client.tenants.usage('acme', { month: '2026-11' });
  await client.usage();
  await client.tenants.createApiKey('acme', { name: 'ci', scopes: ['dispatch'] });
  await client.webhooks.create({ url: 'https://ci.example.com/outpost' });
  await client.webhooks.list();
  await client.webhooks.get(KEY_ID);
  await client.webhooks.update(KEY_ID, { status: 'active' });
  await client.webhooks.rotate(KEY_ID);
  await client.webhooks.test(KEY_ID);
  await client.webhooks.deliveries(KEY_ID, { limit: 5 });
  await client.webhooks.redeliver(KEY_ID, DISPATCH_ID);
  await client.webhooks.delete(KEY_ID);
  await client.workspaces.list({ limit: 5 });
  await client.workspaces.get(KEY_ID);
  await client.workspaces.delete(KEY_ID);

  const routes = Object.values<RouteDefinition>(ROUTES);
  for (const { method, path, headers } of requests) {
    const matching = routes.filter(
      (route) =>
        route.method.toUpperCase() === method &&
        new RegExp(`^${route.path.replaceAll(/:\w+/g, '[^/]+')}$`).test(path),
    );
    expect(matching, `${method} ${path}`).toHaveLength(1);
    expect(headers.get('x-api-key')).toBe('otp_test');
  }
  expect(requests).toHaveLength(35);
});

test('create sends the body and the idempotency key', async () => {
  const { server, requests, client } = await recorder(dispatchOf());
  await using _ = server;
  const input = { agent: 'codex', task: 'Add a test for the cart.', repo: 'octocat/hello-world' } as const;
  const dispatch = await client.dispatches.create(input, { idempotencyKey: 'once' });
  expect(dispatch).toEqual(dispatchOf());
  expect(JSON.parse(requests[0]!.body)).toEqual(input);
  expect(requests[0]!.headers.get('idempotency-key')).toBe('once');
  expect(requests[0]!.headers.get('content-type')).toBe('application/json');
});

test('promote names the dispatch in its body, whatever else is asked', async () => {
  const { server, requests, client } = await recorder();
  await using _ = server;
  await client.dispatches.promote(DISPATCH_ID, { branch: 'fix/cart', draft: true });
  expect(requests[0]).toMatchObject({ method: 'POST', path: '/promote' });
  expect(JSON.parse(requests[0]!.body)).toEqual({ dispatchId: DISPATCH_ID, branch: 'fix/cart', draft: true });
});

test('queries hold what was given and nothing else', async () => {
  const { server, requests, client } = await recorder({ runs: [] });
  await using _ = server;
  await client.dispatches.list({ agent: 'grok', limit: 5, cursor: 'a+b/c=' });
  await client.dispatches.get(DISPATCH_ID, { logs: 20 });
  expect(Object.fromEntries(requests[0]!.url.searchParams)).toEqual({
    agent: 'grok',
    limit: '5',
    cursor: 'a+b/c=',
  });
  expect(Object.fromEntries(requests[1]!.url.searchParams)).toEqual({ logs: '20' });
});

test('a base URL may have a path, and ids cannot leave theirs', async () => {
  const { server, requests } = await recorder(dispatchOf());
  await using _ = server;
  const client = new OutpostClient({ baseUrl: `${server.url}/outpost/`, apiKey: 'otp_test' });
  await client.dispatches.get('../api-keys');
  expect(requests[0]!.path).toBe('/outpost/dispatch/..%2Fapi-keys');
});

test('downloads go without the key', async () => {
  const { server, requests, client } = await recorder({ hello: 'world' });
  await using _ = server;
  for (const url of [
    `${server.url}/artifacts/x/changes.patch?signature=1`,
    '/artifacts/x/changes.patch?signature=1',
  ]) {
    const response = await client.artifacts.download({ url });
    expect(await response.json()).toEqual({ hello: 'world' });
  }
  expect(requests.map(({ path }) => path)).toEqual([
    '/artifacts/x/changes.patch',
    '/artifacts/x/changes.patch',
  ]);
  expect(requests.every(({ headers }) => !headers.has('x-api-key'))).toBe(true);
});

import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import { createServer as createRawServer, type AddressInfo, type Server } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { systemLookup, type Lookup } from '../net/public-host.js';
import { PRIVATE_ADDRESSES, PRIVATE_WEB_URLS } from '../net/testing/private-places.js';
import { createWebhookSender, type WebhookSenderOptions } from './sender.js';

const LOOPBACK: WebhookSenderOptions = { privateHosts: ['127.0.0.1', 'hooks.example.com'], allowHttp: true };
const REQUEST = { headers: { 'content-type': 'application/json' }, body: '{"a":"ü"}', timeoutMs: 20_000 };

const listening = async (server: Server): Promise<number> => {
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return (server.address() as AddressInfo).port;
};

const receiver = async (listener: RequestListener) => {
  const server = createServer(listener);
  const port = await listening(server);
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { port, origin: `http://127.0.0.1:${port}` };
};

/** Every host has these addresses. */
const resolvingTo =
  (...addresses: readonly string[]): Lookup =>
  async () =>
    addresses;

describe('a webhook may lead', () => {
  test.each(PRIVATE_WEB_URLS)('to no private place: %s', async (url) => {
    const sender = createWebhookSender({ privateHosts: [], allowHttp: true, lookup: systemLookup });
    const problem = expect.stringMatching(/not on the public internet|cannot be resolved/);
    expect(await sender.problemWith(url)).toEqual(problem);
    expect(await sender.send({ ...REQUEST, url })).toEqual({ error: problem });
  });

  test.each(PRIVATE_ADDRESSES)('to no name that has such an address: %s', async (address) => {
    const sender = createWebhookSender({
      privateHosts: [],
      allowHttp: false,
      lookup: resolvingTo('140.82.121.3', address),
    });
    expect(await sender.problemWith('https://hooks.example.com/')).toContain('not on the public internet');
  });

  test('to a public host by https, by http only where that is allowed', async () => {
    const lookup = resolvingTo('140.82.121.3', '2606:4700::1111');
    const sender = createWebhookSender({ privateHosts: [], allowHttp: false, lookup });
    expect(await sender.problemWith('https://hooks.example.com/')).toBeUndefined();
    expect(await sender.problemWith('http://hooks.example.com/')).toBe('must be an https URL');
    const local = createWebhookSender({ privateHosts: [], allowHttp: true, lookup });
    expect(await local.problemWith('http://hooks.example.com/')).toBeUndefined();
  });

  test('to a private host that is allowed by name', async () => {
    const sender = createWebhookSender({
      privateHosts: ['*.corp.example'],
      allowHttp: false,
      lookup: resolvingTo('10.0.0.1'),
    });
    expect(await sender.problemWith('https://ci.corp.example/')).toBeUndefined();
    expect(await sender.problemWith('https://corp.example.org/')).toContain('not on the public internet');
  });

  test('to no name that cannot be resolved', async () => {
    const lookup: Lookup = async () => {
      throw new Error('ENOTFOUND');
    };
    const sender = createWebhookSender({ privateHosts: ['*'], allowHttp: false, lookup });
    expect(await sender.problemWith('https://hooks.example.com/')).toContain('cannot be resolved');
  });
});

describe('a request', () => {
  test('is one POST with body and headers', async () => {
    const seen: unknown[] = [];
    const { origin } = await receiver((request, response) => {
      const { method, url, headers } = request;
      void (async () => {
        seen.push([method, url, headers['content-type'], await text(request)]);
        response.writeHead(204).end();
      })();
    });
    const sent = await createWebhookSender(LOOPBACK).send({ ...REQUEST, url: `${origin}/in?a=b` });
    expect(sent).toEqual({ statusCode: 204 });
    expect(seen).toEqual([['POST', '/in?a=b', 'application/json', REQUEST.body]]);
  });

  test('goes to the address that was looked at, whatever the name leads to a moment later', async () => {
    const hosts: unknown[] = [];
    const { port } = await receiver((request, response) => {
      hosts.push(request.headers.host);
      response.end();
    });
    const lookup = vi.fn<Lookup>(resolvingTo('127.0.0.1'));
    const sender = createWebhookSender({ ...LOOPBACK, lookup });
    const url = `http://hooks.example.com:${port}/`;
    expect(await sender.send({ ...REQUEST, url })).toEqual({ statusCode: 200 });
    expect(hosts).toEqual([`hooks.example.com:${port}`]);
    expect(lookup).toHaveBeenCalledOnce();
  });

  test('is looked at each time: a name that has become private is not sent to', async () => {
    const paths: unknown[] = [];
    const { port } = await receiver((request, response) => {
      paths.push(request.url);
      response.end();
    });
    const lookup = vi
      .fn<Lookup>(resolvingTo('127.0.0.1'))
      .mockImplementationOnce(resolvingTo('140.82.121.3'));
    const sender = createWebhookSender({ privateHosts: [], allowHttp: true, lookup });
    const url = `http://hooks.example.com:${port}/`;
    expect(await sender.problemWith(url)).toBeUndefined();
    expect(await sender.send({ ...REQUEST, url })).toEqual({
      error: expect.stringContaining('not on the public internet'),
    });
    expect(paths).toEqual([]);
  });

  test('follows no redirect', async () => {
    const paths: unknown[] = [];
    const target = await receiver((request, response) => {
      paths.push(request.url);
      response.end();
    });
    const { origin } = await receiver((_, response) => {
      response.writeHead(307, { location: `${target.origin}/secret` }).end();
    });
    expect(await createWebhookSender(LOOPBACK).send({ ...REQUEST, url: origin })).toEqual({
      statusCode: 307,
    });
    expect(paths).toEqual([]);
  });

  test('ends with the head of the answer, however long the rest is', async () => {
    const closed = Promise.withResolvers<void>();
    const { origin } = await receiver((_, response) => {
      response.on('close', () => closed.resolve());
      response.writeHead(200);
      const more = (): void => {
        while (!response.destroyed && response.write('x'.repeat(65_536)));
      };
      response.on('drain', more);
      more();
    });
    expect(await createWebhookSender(LOOPBACK).send({ ...REQUEST, url: origin })).toEqual({
      statusCode: 200,
    });
    await closed.promise;
  });

  test('ends when its time is over, and leaves no connection', async () => {
    const closed = Promise.withResolvers<void>();
    const { origin } = await receiver((request) => {
      request.socket.on('close', () => closed.resolve());
    });
    const sent = await createWebhookSender(LOOPBACK).send({ ...REQUEST, timeoutMs: 50, url: origin });
    expect(sent).toEqual({ error: 'no answer within 0.05 s' });
    await closed.promise;
  });

  test('ends when its time is over, also while a name is looked up', async () => {
    const lookup: Lookup = () => new Promise(() => undefined);
    const sender = createWebhookSender({ ...LOOPBACK, lookup });
    const sent = await sender.send({ ...REQUEST, timeoutMs: 50, url: 'https://hooks.example.com/' });
    expect(sent).toEqual({ error: 'no answer within 0.05 s' });
  });

  test('says why there was no answer, and no address', async () => {
    const server = createRawServer((socket) => socket.resume().end('220 this is no HTTP\r\n'));
    const port = await listening(server);
    onTestFinished(() => void server.close());
    const sender = createWebhookSender(LOOPBACK);
    const noHttp = await sender.send({ ...REQUEST, url: `http://127.0.0.1:${port}/` });
    expect(noHttp).toEqual({ error: 'the answer was not HTTP' });
    server.close();
    await once(server, 'close');
    expect(await sender.send({ ...REQUEST, url: `http://127.0.0.1:${port}/` })).toEqual({
      error: 'the connection was refused',
    });
  });

  test('by https says nothing to who speaks no TLS', async () => {
    const paths: unknown[] = [];
    const { port } = await receiver((request, response) => {
      paths.push(request.url);
      response.end();
    });
    const sent = await createWebhookSender(LOOPBACK).send({ ...REQUEST, url: `https://127.0.0.1:${port}/` });
    expect(sent).toEqual({ error: 'there was no TLS connection that can be trusted' });
    expect(paths).toEqual([]);
  });
});

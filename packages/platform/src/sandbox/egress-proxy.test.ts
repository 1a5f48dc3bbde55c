import { once } from 'node:events';
import { mkdtemp } from 'node:fs/promises';
import { createServer, request, type IncomingMessage } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { openEgressProxy, type EgressPolicy } from './egress-proxy.js';

async function openService(): Promise<string> {
  const server = createServer((_, response) => response.end('reached'));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function openProxy(policy: Partial<EgressPolicy>): Promise<string> {
  const socket = join(await mkdtemp(join(tmpdir(), 'egress-')), 'proxy.sock');
  const proxy = await openEgressProxy(socket, {
    hosts: ['*'],
    endpoints: [],
    upstream: undefined,
    ...policy,
  });
  onTestFinished(() => proxy.close());
  return socket;
}

/** The status of a request through the proxy, and of a tunnel. */
async function through(socketPath: string, endpoint: string): Promise<readonly [number, number]> {
  const plain = request({ socketPath, path: `http://${endpoint}/`, headers: { host: endpoint } }).end();
  const [response] = (await once(plain, 'response')) as [IncomingMessage];
  response.resume();
  const tunnel = request({ socketPath, method: 'CONNECT', path: endpoint }).end();
  const [answer, socket] = (await once(tunnel, 'connect')) as [IncomingMessage, Socket];
  socket.destroy();
  return [response.statusCode!, answer.statusCode!];
}

const REFUSED = [403, 403];

it('lets through what is named by host and port, wherever it is, and no other port of it', async () => {
  const [endpoint, other] = [await openService(), await openService()];
  const proxy = await openProxy({ endpoints: [endpoint] });
  expect(await through(proxy, endpoint)).toEqual([200, 200]);
  expect(await through(proxy, other)).toEqual(REFUSED);
});

it.each([
  '127.0.0.1:80',
  'localhost:80',
  '169.254.169.254:80',
  '169.254.170.2:80',
  '10.0.0.1:443',
  '[::1]:80',
  '[::ffff:169.254.169.254]:80',
  '2852039166:80',
  '0x7f.1:80',
])('does not lead to %s', async (endpoint) => {
  expect(await through(await openProxy({}), endpoint)).toEqual(REFUSED);
});

it('leads to no host that is not on the list', async () => {
  const looked: string[] = [];
  const lookup = async (host: string) => {
    looked.push(host);
    return ['127.0.0.1'];
  };
  const proxy = await openProxy({ hosts: ['*.example.com'], lookup });
  expect(await through(proxy, 'example.org:443')).toEqual(REFUSED);
  expect(looked).toEqual([]);
});

it('does not lead to a name with an address that is not public, whatever else it has', async () => {
  const proxy = await openProxy({ lookup: async () => ['93.184.215.14', '10.1.2.3'] });
  expect(await through(proxy, 'rebound.example.com:80')).toEqual(REFUSED);
});

it('says so when a name cannot be resolved', async () => {
  const lookup = () => Promise.reject(new Error('ENOTFOUND'));
  expect(await through(await openProxy({ lookup }), 'nowhere.example.com:80')).toEqual([502, 502]);
});

it('goes through the proxy that the machine needs, and leaves to it what only that knows', async () => {
  const asked: string[] = [];
  const upstream = createServer((incoming, response) => {
    asked.push(String(incoming.url));
    response.end();
  }).on('connect', (incoming: IncomingMessage, socket: Socket) => {
    asked.push(String(incoming.url));
    socket.end('HTTP/1.1 200 Connection Established\r\n\r\n');
  });
  upstream.listen(0, '127.0.0.1');
  await once(upstream, 'listening');
  onTestFinished(() => void upstream.close());
  const url = `http://127.0.0.1:${(upstream.address() as AddressInfo).port}`;
  const lookup = async (host: string) => {
    if (host.endsWith('.example.com')) throw new Error('ENOTFOUND');
    return [host];
  };
  const proxy = await openProxy({ upstream: url, lookup });
  expect(await through(proxy, 'inner.example.com:8080')).toEqual([200, 200]);
  expect(asked).toEqual(['http://inner.example.com:8080/', 'inner.example.com:8080']);
  expect(await through(proxy, '169.254.169.254:80')).toEqual(REFUSED);
});

import { serve, type ServerType } from '@hono/node-server';
import { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Hono } from 'hono';
import type { AppEnv } from './http/app-env.js';

export interface RunningServer {
  readonly url: string;
  /** Takes no new connection, lets requests under way end, and drops idle ones. */
  close(): Promise<void>;
}

/** Rejects when the address cannot be listened on. */
export async function listen(app: Hono<AppEnv>, { host, port }: { host: string; port: number }): Promise<RunningServer> {
  const { promise, resolve, reject } = Promise.withResolvers<AddressInfo>();
  const server: ServerType = serve({ fetch: app.fetch, hostname: host, port }, resolve);
  server.once('error', reject);
  const address = await promise;
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${address.port}`,
    close: () =>
      new Promise((closed) => {
        server.close(() => closed());
        // Keep-alive connections would hold the server open for as long as their clients like.
        if (server instanceof Server) server.closeIdleConnections();
      }),
  };
}

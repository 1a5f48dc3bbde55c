import { serve, type ServerType } from '@hono/node-server';
import { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Hono } from 'hono';
import type { AppEnv } from './http/app-env.js';

const IDLE_SWEEP_MS = 50;

export interface RunningServer {
  readonly url: string;
  /** Takes no new connection, lets requests under way end, and drops idle ones. */
  close(): Promise<void>;
}

/** Rejects, with what to do about it, when the address cannot be listened on. */
export async function listen(
  app: Hono<AppEnv>,
  { host, port }: { host: string; port: number },
): Promise<RunningServer> {
  const { promise, resolve, reject } = Promise.withResolvers<AddressInfo>();
  const server: ServerType = serve({ fetch: app.fetch, hostname: host, port }, resolve);
  server.once('error', (error: NodeJS.ErrnoException) => {
    const isTaken = error.code === 'EADDRINUSE';
    reject(
      isTaken
        ? new Error(`Port ${port} of ${host} is taken. Set PORT to another; 0 takes a free one.`)
        : error,
    );
  });
  const address = await promise;
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${address.port}`,
    close: () => closeServer(server),
  };
}

// A keep-alive connection that is busy now turns idle later, and would then hold the server open for its time-out.
function closeServer(server: ServerType): Promise<void> {
  return new Promise((closed) => {
    const sweep = setInterval(() => server instanceof Server && server.closeIdleConnections(), IDLE_SWEEP_MS);
    server.close(() => {
      clearInterval(sweep);
      closed();
    });
  });
}

import { getRequestListener } from '@hono/node-server';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Hono } from 'hono';
import type { AppEnv } from './http/app-env.js';
import { unreadableRequest } from './http/middleware/errors.js';

const IDLE_SWEEP_MS = 50;

/** How long a client may take to send. Of answers only a stream takes long. */
export interface ReceiveLimits {
  readonly headMs: number;
  readonly requestMs: number;
  /** Between two looks at what is being received. */
  readonly lookMs: number;
}

const RECEIVE_LIMITS: ReceiveLimits = { headMs: 10_000, requestMs: 30_000, lookMs: 2_000 };

export interface RunningServer {
  readonly url: string;
  /** Takes no new connection, lets requests under way end, and drops idle ones. */
  close(): Promise<void>;
}

/** Rejects, with what to do about it, when the address cannot be listened on. */
export async function listen(
  app: Hono<AppEnv>,
  { host, port }: { host: string; port: number },
  limits: ReceiveLimits = RECEIVE_LIMITS,
): Promise<RunningServer> {
  const { promise, resolve, reject } = Promise.withResolvers<AddressInfo>();
  const listener = getRequestListener(app.fetch, {
    hostname: host,
    errorHandler: unreadableRequest,
    // Node itself reads on over a body that nobody reads. The adapter's own way ends the connection half a second later,
    // under whatever other request is on it by then.
    autoCleanupIncoming: false,
  });
  const server = createServer(
    {
      headersTimeout: limits.headMs,
      requestTimeout: limits.requestMs,
      connectionsCheckingInterval: limits.lookMs,
    },
    (request, response) => void listener(request, response),
  );
  server.listen(port, host, () => resolve(server.address() as AddressInfo));
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
function closeServer(server: Server): Promise<void> {
  return new Promise((closed) => {
    const sweep = setInterval(() => server.closeIdleConnections(), IDLE_SWEEP_MS);
    server.close(() => {
      clearInterval(sweep);
      closed();
    });
  });
}

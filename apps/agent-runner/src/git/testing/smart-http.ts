import { serveGit } from '@outpost/platform/testing/git-http-backend';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import { TEST_PATH } from './places.js';

export interface SmartHttpServer {
  readonly origin: string;
  /** Requests that carried the right token. */
  readonly authorized: () => number;
}

/** Serves the repositories under `root` by `git http-backend`, to whoever has the token. */
export async function serveRepositories(root: string, token: string): Promise<SmartHttpServer> {
  const expected = `Basic ${Buffer.from(`x-access-token:${token}`).toString('base64')}`;
  let authorized = 0;
  const server = createServer((request, response) => {
    if (request.headers.authorization !== expected) {
      response.writeHead(401, { 'www-authenticate': 'Basic realm="git"' }).end();
      return;
    }
    authorized += 1;
    serveGit({ path: TEST_PATH, root }, request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    authorized: () => authorized,
  };
}

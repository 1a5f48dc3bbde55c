import { serveGit } from '@outpost/platform/testing/git-http-backend';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:https';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { basename, dirname, join } from 'node:path';
import { generate } from 'selfsigned';
import { PATH } from './outpost.js';
import { temporaryDirectory } from './repository.js';

export interface GitServerOptions {
  /** The passwords that it asks for one of; it asks for none without them. */
  readonly tokens?: readonly string[];
  /** Answers what begins with /api/. */
  readonly api?: RequestListener;
}

export interface GitServer {
  /** The certificate by which it is to be trusted: GIT_SSL_CAINFO. */
  readonly certificateFile: string;
  /** An https URL of a repository of this machine. */
  urlOf(repository: string): string;
  close(): Promise<void>;
}

/** Serves repositories of this machine over https, as a git host does, on a free port of loopback. */
export async function startGitServer({ tokens, api }: GitServerOptions = {}): Promise<GitServer> {
  const { private: key, cert } = await generate([{ name: 'commonName', value: '127.0.0.1' }], {
    extensions: [
      {
        name: 'subjectAltName',
        altNames: [
          { type: 7, ip: '127.0.0.1' },
          { type: 2, value: 'github.com' },
        ],
      },
    ],
  });
  const certificateFile = join(await temporaryDirectory(), 'git-server.pem');
  await writeFile(certificateFile, cert);
  const roots = new Map<string, string>();
  const server = createServer({ key, cert }, (request, response) => {
    if (api !== undefined && request.url?.startsWith('/api/') === true) api(request, response);
    else if (tokens === undefined || tokens.includes(passwordOf(request))) serve(roots, request, response);
    else response.writeHead(401, { 'www-authenticate': 'Basic realm="git"' }).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    certificateFile,
    urlOf(repository) {
      const name = basename(repository);
      roots.set(name, dirname(repository));
      return `https://127.0.0.1:${port}/${name}/.git`;
    },
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

function passwordOf({ headers: { authorization = '' } }: IncomingMessage): string {
  const credentials = Buffer.from(authorization.replace(/^Basic /, ''), 'base64').toString();
  return credentials.slice(credentials.indexOf(':') + 1);
}

function serve(roots: ReadonlyMap<string, string>, request: IncomingMessage, response: ServerResponse): void {
  const name = new URL(request.url ?? '/', 'https://localhost').pathname.split('/')[1] ?? '';
  const root = roots.get(name);
  if (root === undefined) response.writeHead(404).end();
  else serveGit({ path: PATH, root }, request, response);
}

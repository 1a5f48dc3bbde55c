import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

export interface WebRemote {
  readonly origin: string;
  /** `Authorization` of every request; '' where there was none. */
  readonly authorizations: string[];
}

/** A loopback web server that remembers who authenticated. */
export async function webServer(
  answer: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<WebRemote> {
  const authorizations: string[] = [];
  const server = createServer((request, response) => {
    authorizations.push(request.headers.authorization ?? '');
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, authorizations };
}

/** Speaks enough of the smart protocol for `git ls-remote`: one branch, main. */
export function advertise(response: ServerResponse, commit: string): void {
  const lines = [`${commit} HEAD\0symref=HEAD:refs/heads/main agent=test\n`, `${commit} refs/heads/main\n`];
  response.setHeader('content-type', 'application/x-git-upload-pack-advertisement');
  response.end(`${packet('# service=git-upload-pack\n')}0000${lines.map(packet).join('')}0000`);
}

/** Lets in who sends this token with the user that GitHub expects. */
export function isAuthorized(request: IncomingMessage, token: string): boolean {
  const expected = Buffer.from(`x-access-token:${token}`).toString('base64');
  return request.headers.authorization === `Basic ${expected}`;
}

export function challenge(response: ServerResponse): void {
  response.writeHead(401, { 'www-authenticate': 'Basic realm="git"' }).end();
}

function packet(text: string): string {
  return (Buffer.byteLength(text) + 4).toString(16).padStart(4, '0') + text;
}

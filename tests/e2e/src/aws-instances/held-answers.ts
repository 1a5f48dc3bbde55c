import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

/** Stands before a service, and can keep its answers to itself: what was asked for is done, and nobody hears of it. */
export interface HeldAnswers {
  readonly url: string;
  /** From now on, answers to `operation` that tell of success are not passed on. */
  hold(operation: string): void;
  close(): Promise<void>;
}

/** Of the connection, not of the message; `fetch` has unpacked the body. */
const OF_THE_CONNECTION = new Set([
  'host',
  'connection',
  'keep-alive',
  'content-length',
  'transfer-encoding',
  'content-encoding',
]);

/** Listens on a free port of loopback, before the service at `target`. */
export async function startHeldAnswers(target: string): Promise<HeldAnswers> {
  let held: string | undefined;
  const server = createServer((request, response) => {
    const pass = async (): Promise<void> => {
      const answer = await forward(target, request);
      if (answer.ok && held !== undefined && operationOf(request) === held) return;
      response.writeHead(answer.status, passedOn([...answer.headers]));
      response.end(Buffer.from(await answer.arrayBuffer()));
    };
    pass().catch((error: unknown) => response.destroy(error instanceof Error ? error : undefined));
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    hold(operation) {
      held = operation;
    },
    close: () =>
      new Promise((closed) => {
        server.close(() => closed());
        server.closeAllConnections();
      }),
  };
}

async function forward(target: string, request: IncomingMessage): Promise<Response> {
  const { method = 'POST', url = '/', headers } = request;
  const texts = Object.entries(headers).map(([name, value]): [string, string] => [name, String(value)]);
  return fetch(new URL(url, target), { method, headers: passedOn(texts), body: await buffer(request) });
}

function passedOn(headers: readonly [string, string][]): Record<string, string> {
  return Object.fromEntries(headers.filter(([name]) => !OF_THE_CONNECTION.has(name)));
}

/** As the JSON protocol of AWS names it: `DynamoDB_20120810.GetItem`. */
function operationOf({ headers }: IncomingMessage): string | undefined {
  return String(headers['x-amz-target']).split('.').at(-1);
}

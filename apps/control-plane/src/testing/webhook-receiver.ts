import { once } from 'node:events';
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { OutpostEvent } from '@outpost/contracts';

export interface ReceivedRequest {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  readonly event: OutpostEvent;
}

type Answer = (response: ServerResponse, request: ReceivedRequest) => void;

/** A receiver of webhooks on loopback, which answers as a test says. */
export class WebhookReceiver {
  readonly requests: ReceivedRequest[] = [];
  readonly url: string;
  /** 204, unless a test says otherwise. */
  answer: Answer = (response) => void response.writeHead(204).end();
  readonly #server: Server;
  readonly #arrivals = new Set<() => void>();

  private constructor(server: Server) {
    this.#server = server;
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`;
    server.on('request', (request, response: ServerResponse) => {
      void this.#receive(request, response);
    });
  }

  async #receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await text(request);
    const received = { headers: request.headers, body, event: JSON.parse(body) as OutpostEvent };
    this.requests.push(received);
    this.answer(response, received);
    for (const arrived of this.#arrivals) arrived();
  }

  static async open(): Promise<WebhookReceiver> {
    const server = createServer();
    await once(server.listen(0, '127.0.0.1'), 'listening');
    return new WebhookReceiver(server);
  }

  get types(): readonly string[] {
    return this.requests.map(({ event }) => event.type);
  }

  /** Once there have been so many requests. */
  async received(count: number): Promise<void> {
    while (this.requests.length < count) {
      await new Promise<void>((resolve) => {
        this.#arrivals.add(resolve);
      });
    }
  }

  /** Answers nothing; what came is held until the receiver is closed. */
  hang(): void {
    this.answer = () => undefined;
  }

  fail(statusCode = 500): void {
    this.answer = (response) => void response.writeHead(statusCode).end('an inner thing');
  }

  recover(): void {
    this.answer = (response) => void response.writeHead(204).end();
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}

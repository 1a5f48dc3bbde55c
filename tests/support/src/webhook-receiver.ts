import type { WebhookEvent } from '@outpost/contracts';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:https';
import type { IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { generate } from 'selfsigned';
import { temporaryDirectory } from './repository.js';

export interface ReceivedWebhook {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  readonly event: WebhookEvent;
}

export interface WebhookReceiver {
  readonly url: string;
  /** What a control plane needs to be told to send to it. */
  readonly env: Readonly<Record<string, string>>;
  readonly requests: readonly ReceivedWebhook[];
  /** The status of the answers from now on; 204 at first. */
  answer(statusCode: number): void;
  close(): Promise<void>;
}

/** Receives webhooks over https, on a free port of loopback. */
export async function startWebhookReceiver(): Promise<WebhookReceiver> {
  const { private: key, cert } = await generate([{ name: 'commonName', value: '127.0.0.1' }], {
    extensions: [{ name: 'subjectAltName', altNames: [{ type: 7, ip: '127.0.0.1' }] }],
  });
  const certificateFile = join(await temporaryDirectory(), 'receiver.pem');
  await writeFile(certificateFile, cert);
  const requests: ReceivedWebhook[] = [];
  let statusCode = 204;
  const server = createServer({ key, cert }, (request, response) => {
    void (async () => {
      const body = await text(request);
      requests.push({ headers: request.headers, body, event: JSON.parse(body) as WebhookEvent });
      response.writeHead(statusCode).end();
    })();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `https://127.0.0.1:${port}/hook`,
    env: { NODE_EXTRA_CA_CERTS: certificateFile, OUTPOST_PRIVATE_WEBHOOK_HOSTS: '127.0.0.1' },
    requests,
    answer(status) {
      statusCode = status;
    },
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

import { OutpostClient } from '@outpost/client';
import type { ErrorBody } from '@outpost/contracts';
import {
  blocksOf,
  openDocumentSite,
  PATH,
  readDocument,
  temporaryDirectory,
  type DocumentSite,
} from '@outpost/test-support';
import { execa } from 'execa';
import { writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { commandsOf } from './blocks.js';

const DOCUMENT = readDocument('docs/webhooks.md');

let site: DocumentSite;
let client: OutpostClient;
beforeAll(async () => {
  site = await openDocumentSite({ agents: 'stand-in', env: { OUTPOST_PRIVATE_WEBHOOK_HOSTS: '127.0.0.1' } });
  client = new OutpostClient({ baseUrl: site.url, apiKey: site.apiKey });
});
afterAll(() => site.close());

it('the receiver of docs/webhooks.md takes what Outpost sends, and nothing else', async () => {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}/`;
  const { secret } = await client.webhooks.create({ url });
  const file = join(await temporaryDirectory(), 'receiver.mjs');
  await writeFile(file, blocksOf(DOCUMENT, 'js')[0]!.text);
  const receiver = execa(process.execPath, [file], {
    extendEnv: false,
    env: { PATH, PORT: String(port), WEBHOOK_SECRET: secret },
    stderr: 'inherit',
    buffer: false,
    reject: false,
  });
  onTestFinished(async () => {
    receiver.kill();
    await receiver;
  });
  const { dispatchId } = await client.dispatches.create({ agent: 'claude', task: 'Say what it costs.' });
  const lines = new Set<string>();
  for await (const line of createInterface({ input: receiver.stdout })) {
    expect(lines.has(line), `${line} came twice`).toBe(false);
    if (lines.add(line).size === 4) break;
  }
  expect([...lines].toSorted()).toEqual([
    `dispatch.completed ${dispatchId} COMPLETED`,
    `dispatch.cost ${dispatchId} COMPLETED`,
    `dispatch.pending ${dispatchId} PENDING`,
    `dispatch.started ${dispatchId} RUNNING`,
  ]);
  const forged = await fetch(url, {
    method: 'POST',
    headers: {
      'webhook-id': 'e-1',
      'webhook-timestamp': String(Math.floor(Date.now() / 1_000)),
      'webhook-signature': `v1,${Buffer.alloc(32).toString('base64')}`,
    },
    body: '{}',
  });
  expect(forged.status).toBe(400);
});

it('the command of docs/webhooks.md that makes a webhook is taken as it stands', async () => {
  const stdout = await site.run(commandsOf(DOCUMENT), { mayFail: true });
  // Its host is an example, and has no address.
  const { error } = JSON.parse(stdout) as ErrorBody;
  expect(error).toMatchObject({ code: 'VALIDATION_ERROR', details: [{ path: 'body.url' }] });
  expect(error.message).toContain('cannot be resolved: ci.example.com');
});

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

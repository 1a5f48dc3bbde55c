import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ScriptedAgent } from './dialects.js';
import { startScriptedModel, type ScriptedModel } from './scripted-model.js';

/** What one CLI sends first: path, and a body in that provider's protocol. */
type FirstRequest = (prompt: string) => { readonly path: string; readonly body: unknown };

const FIRST_REQUESTS: Readonly<Record<ScriptedAgent, FirstRequest>> = {
  claude: (prompt) => ({
    path: '/v1/messages',
    body: {
      model: 'm',
      max_tokens: 9,
      messages: [{ role: 'user', content: [{ type: 'text', text: prompt }] }],
      tools: [
        { name: 'Bash', input_schema: {} },
        { name: 'Write', input_schema: {} },
      ],
    },
  }),
  codex: (prompt) => ({
    path: '/v1/responses',
    body: {
      model: 'm',
      input: [{ type: 'message', role: 'user', content: [{ type: 'input_text', text: prompt }] }],
      tools: [{ type: 'function', name: 'exec_command', parameters: {} }],
    },
  }),
  gemini: (prompt) => ({
    path: '/v1beta/models/m:generateContent',
    body: {
      contents: [{ role: 'user', parts: [{ text: prompt }] }],
      tools: [{ functionDeclarations: [{ name: 'write_file' }, { name: 'run_shell_command' }] }],
    },
  }),
  grok: (prompt) => ({ path: '/v1/chat/completions', body: chat(prompt, ['write', 'run_terminal_command']) }),
};
const AGENTS: readonly ScriptedAgent[] = ['claude', 'codex', 'gemini', 'grok'];

function chat(prompt: string, tools: readonly string[], after: readonly unknown[] = []) {
  return {
    model: 'm',
    messages: [{ role: 'user', content: prompt }, ...after],
    tools: tools.map((name) => ({ type: 'function', function: { name, parameters: {} } })),
  };
}

/** What is read of a chat completion. */
interface ChatAnswer {
  readonly choices: readonly [
    {
      readonly message: {
        readonly content: string | null;
        readonly tool_calls?: readonly [{ readonly function: { readonly name: string } }];
      };
    },
  ];
  readonly usage: { readonly prompt_tokens: number; readonly completion_tokens: number };
}

/** The messages that a CLI adds once it has run one tool. */
const TOOL_DONE = [
  {
    role: 'assistant',
    content: null,
    tool_calls: [{ id: 'c', type: 'function', function: { name: 'write', arguments: '{}' } }],
  },
  { role: 'tool', tool_call_id: 'c', content: 'ok' },
];
const GROK_TOOLS = ['write', 'run_terminal_command'];

let model: ScriptedModel;
beforeEach(async () => {
  model = await startScriptedModel();
});
afterEach(() => model.stop());

async function post(
  path: string,
  body: unknown,
  key: Record<string, string> = { authorization: 'Bearer k' },
) {
  const response = await fetch(model.url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...key },
    body: JSON.stringify(body),
  });
  return { status: response.status, text: await response.text() };
}

const grok = (prompt: string, after: readonly unknown[] = []) =>
  post('/v1/chat/completions', chat(prompt, GROK_TOOLS, after));

describe('a scripted model', () => {
  it('listens on loopback only', () => {
    expect(model.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect(model.baseUrlFor('claude')).toBe(model.url);
    expect(model.baseUrlFor('codex')).toBe(`${model.url}/v1`);
  });

  it.each([
    ['claude', 'Write'],
    ['codex', 'exec_command'],
    ['gemini', 'write_file'],
    ['grok', 'write'],
  ] as const)('has %s write with its tool %s', async (agent, tool) => {
    model.script({ marker: 'MARK', files: [{ path: 'a.txt', content: 'hello' }] });
    const { path, body } = FIRST_REQUESTS[agent]('Please do MARK.');
    const { status, text } = await post(path, body);
    expect(status).toBe(200);
    expect(text).toContain(`"${tool}"`);
    expect(model.requests()).toEqual([{ agent, modelId: 'm', apiKey: 'k', marker: 'MARK' }]);
  });

  it('goes through files, then commands, then the final message, with the usage on the last answer', async () => {
    model.script({
      marker: 'MARK',
      files: [{ path: 'a.txt', content: 'hello' }],
      commands: ['true'],
      finalMessage: 'All is done.',
      usage: { inputTokens: 7, outputTokens: 3 },
    });
    const answers = [
      await grok('MARK'),
      await grok('MARK', TOOL_DONE),
      await grok('MARK', [...TOOL_DONE, ...TOOL_DONE]),
    ].map((answer) => JSON.parse(answer.text) as ChatAnswer);
    expect(answers.map((answer) => answer.choices[0].message.tool_calls?.[0].function.name)).toEqual([
      'write',
      'run_terminal_command',
      undefined,
    ]);
    expect(answers.at(-1)?.choices[0].message.content).toBe('All is done.');
    expect(answers.map((answer) => answer.usage.prompt_tokens)).toEqual([0, 0, 7]);
    expect(answers.map((answer) => answer.usage.completion_tokens)).toEqual([0, 0, 3]);
  });

  it('picks the longest marker, and a later script for the same one', async () => {
    model.say({ marker: 'MARK', text: 'short' });
    model.say({ marker: 'MARK-2', text: 'old' });
    model.say({ marker: 'MARK-2', text: 'long' });
    expect((await grok('do MARK-2')).text).toContain('long');
    expect((await grok('do MARK now')).text).toContain('short');
  });

  it.each(AGENTS.flatMap((agent) => [401, 429, 500].map((status) => [agent, status] as const)))(
    'refuses %s with status %i',
    async (agent, status) => {
      model.fail({ marker: 'BAD', status });
      const { path, body } = FIRST_REQUESTS[agent]('BAD');
      expect((await post(path, body)).status).toBe(status);
    },
  );

  it('refuses a prompt without a script, and says which markers it knows', async () => {
    model.say({ marker: 'KNOWN', text: 'hi' });
    const { status, text } = await grok('something else');
    expect(status).toBe(400);
    expect(text).toContain('KNOWN');
    expect(model.requests()).toEqual([{ agent: 'grok', modelId: 'm', apiKey: 'k', marker: undefined }]);
  });

  it('notes the key of each request, in whichever header it comes', async () => {
    model.say({ marker: 'MARK', text: 'hi' });
    const body = chat('MARK', GROK_TOOLS);
    const keys = [{ 'x-api-key': 'one' }, { 'x-goog-api-key': 'two' }, { authorization: 'Bearer three' }, {}];
    for (const key of keys) await post('/v1/chat/completions', body, key);
    expect(model.requests().map((request) => request.apiKey)).toEqual(['one', 'two', 'three', undefined]);
  });

  it('answers a side request without disturbing the run', async () => {
    model.script({ marker: 'MARK', files: [{ path: 'a', content: 'b' }] });
    const title = await post('/v1/chat/completions', chat('MARK', ['session_title']));
    expect(title.status).toBe(200);
    expect(title.text).not.toContain('tool_calls');
    expect((await grok('MARK')).text).toContain('tool_calls');
  });

  it('repeats a hanging command for ever', async () => {
    model.hang({ marker: 'HANG' });
    expect((await grok('HANG', [...TOOL_DONE, ...TOOL_DONE, ...TOOL_DONE])).text).toContain('sleep');
  });

  it('holds the first answer until the script may go on, and can be stopped meanwhile', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    model.script({ marker: 'LATER', finalMessage: 'went on', after: promise });
    model.script({ marker: 'NEVER', after: new Promise(() => {}) });
    let answered = false;
    const later = grok('LATER').then((answer) => {
      answered = true;
      return answer.text;
    });
    const cut = grok('NEVER').then(
      () => false,
      () => true,
    );
    model.say({ marker: 'OTHER', text: 'at once' });
    expect((await grok('OTHER')).text).toContain('at once');
    expect(answered).toBe(false);
    resolve();
    expect(await later).toContain('went on');
    await model.stop();
    expect(await cut).toBe(true);
    model = await startScriptedModel();
  });
});

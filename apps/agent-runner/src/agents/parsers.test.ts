import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AgentLogLine, AgentVerdict } from './adapter.js';
import { adapterFor } from './index.js';

const CLIS = ['claude', 'codex', 'gemini', 'grok'] as const;
type Cli = (typeof CLIS)[number];

/** Real output of the pinned CLIs against the scripted model, without its bulkiest fields. */
const recorded = (name: string) =>
  readFileSync(join(import.meta.dirname, 'fixtures', `${name}.jsonl`), 'utf8')
    .trimEnd()
    .split('\n');

function read(agent: Cli, lines: readonly string[], exitCode = 0, stderr: readonly string[] = []) {
  const parser = adapterFor(agent).createParser();
  const log: readonly AgentLogLine[] = [
    ...lines.flatMap((line) => parser.line('stdout', line)),
    ...stderr.flatMap((line) => parser.line('stderr', line)),
    ...parser.flush(),
  ];
  return { log, verdict: parser.verdict({ exitCode, signal: undefined }) };
}

const SUCCEEDED: AgentVerdict = {
  succeeded: true,
  error: undefined,
  finalMessage: 'Wrote the file.\nThe command failed.',
  usage: { inputTokens: 1200, outputTokens: 80, cacheReadTokens: 0, cacheWriteTokens: 0 },
  reportedCostUsd: undefined,
};

describe.each(CLIS)('the output of %s', (agent) => {
  it('ends in a verdict', () => {
    const { verdict } = read(agent, recorded(`${agent}.success`));
    expect(verdict).toEqual({ ...SUCCEEDED, reportedCostUsd: agent === 'claude' ? 0.008 : undefined });
  });

  it('reads as a log of what the agent said and did', () => {
    const { log } = read(agent, recorded(`${agent}.success`));
    expect(log).toMatchSnapshot();
  });

  it('is a failure without the terminal event, whatever the exit code says', () => {
    const { verdict } = read(agent, recorded(`${agent}.success`).slice(0, -1));
    expect(verdict).toMatchObject({ succeeded: false, error: { reason: 'incomplete' } });
  });

  it('is a failure with another exit code than 0, whatever the terminal event says', () => {
    const { verdict } = read(agent, recorded(`${agent}.success`), 1);
    expect(verdict).toMatchObject({ succeeded: false, error: { reason: 'crashed' } });
  });

  it.each([
    ['401', 'authentication'],
    ['404', 'model_unavailable'],
    ['429', 'rate_limit'],
    ['500', 'model_unavailable'],
  ] as const)('says why the provider refused: %s', (status, reason) => {
    for (const exitCode of [0, 1]) {
      const { verdict } = read(agent, recorded(`${agent}.${status}`), exitCode);
      expect(verdict.succeeded).toBe(false);
      expect(verdict.error?.reason).toBe(reason);
      expect(verdict.error?.message).toMatch(/^The .+\. It said: .+/s);
    }
  });

  it('says which signal ended it', () => {
    const parser = adapterFor(agent).createParser();
    const { error } = parser.verdict({ exitCode: undefined, signal: 'SIGKILL' });
    expect(error).toEqual({ reason: 'crashed', message: 'The agent crashed. It said: ended by SIGKILL' });
  });

  it('may hold anything at all', () => {
    const broken = fc
      .constantFrom(...recorded(`${agent}.success`))
      .chain((line) => fc.nat(line.length).map((end) => line.slice(0, end)));
    const events = fc
      .constantFrom(
        'assistant',
        'result',
        'item.completed',
        'turn.failed',
        'tool_use',
        'tool_call_update',
        'end',
      )
      .chain((type) =>
        fc
          .dictionary(fc.constantFrom('message', 'item', 'usage', 'content', 'data'), fc.jsonValue())
          .map((rest) => JSON.stringify({ ...rest, type })),
      );
    fc.assert(
      fc.property(fc.array(fc.oneof(broken, events, fc.string(), fc.json())), (lines) => {
        const { log } = read(agent, lines);
        expect(log.every((line) => !line.text.includes('\n'))).toBe(true);
      }),
    );
  });

  it('keeps what is not JSON, and explains a crash with it', () => {
    const { log, verdict } = read(agent, ['plain words', '{"half":'], 1, ['Segmentation fault']);
    expect(log).toEqual([
      { kind: 'raw', text: 'plain words' },
      { kind: 'raw', text: '{"half":' },
      { kind: 'raw', text: 'Segmentation fault' },
    ]);
    expect(verdict.error?.message).toContain('exit code 1: Segmentation fault');
  });
});

describe('one run', () => {
  it('shows a text of megabytes in part, and keeps all of it as the final message', () => {
    const text = 'x'.repeat(5_000_000);
    const { log, verdict } = read('codex', [
      JSON.stringify({ type: 'item.completed', item: { type: 'agent_message', text } }),
      JSON.stringify({ type: 'turn.completed', usage: {} }),
    ]);
    expect(log).toEqual([{ kind: 'text', text: `${'x'.repeat(4096)} … (4995904 more characters)` }]);
    expect(verdict.finalMessage).toBe(text);
  });

  it('joins the fragments of a text and shows its lines as soon as they are whole', () => {
    const parser = adapterFor('grok').createParser();
    const say = (data: string) => parser.line('stdout', JSON.stringify({ type: 'text', data }));
    expect(say('One li')).toEqual([]);
    expect(say('ne.\nTwo')).toEqual([{ kind: 'text', text: 'One line.' }]);
    expect(say(' lines.')).toEqual([]);
    expect(parser.line('stdout', JSON.stringify({ type: 'tool_call', toolName: 'write' }))).toEqual([
      { kind: 'text', text: 'Two lines.' },
      { kind: 'tool', text: 'write' },
    ]);
  });

  it('adds up the turns of codex, and takes cached tokens out of its input', () => {
    const turn = JSON.stringify({
      type: 'turn.completed',
      usage: {
        input_tokens: 1000,
        cached_input_tokens: 600,
        cache_write_input_tokens: 100,
        output_tokens: 50,
      },
    });
    expect(read('codex', [turn, turn]).verdict.usage).toEqual({
      inputTokens: 600,
      outputTokens: 100,
      cacheReadTokens: 1200,
      cacheWriteTokens: 200,
    });
  });

  it('counts the thoughts of gemini as output, and takes cached tokens out of its input', () => {
    const stats = { total_tokens: 1500, input_tokens: 1000, output_tokens: 100, cached: 300, input: 700 };
    const { verdict } = read('gemini', [JSON.stringify({ type: 'result', status: 'success', stats })]);
    expect(verdict.usage).toMatchObject({ inputTokens: 700, outputTokens: 500, cacheReadTokens: 300 });
  });

  it('counts every model that claude used, and leaves out a cost that it guessed', () => {
    const model = { inputTokens: 1, outputTokens: 2, cacheReadInputTokens: 3, cacheCreationInputTokens: 4 };
    const result = (costBasis: string) =>
      JSON.stringify({
        type: 'result',
        is_error: false,
        result: 'ok',
        total_cost_usd: 0.5,
        modelUsage: { a: model, b: { ...model, costBasis } },
      });
    const usage = { inputTokens: 2, outputTokens: 4, cacheReadTokens: 6, cacheWriteTokens: 8 };
    expect(read('claude', [result('list')]).verdict).toMatchObject({ usage, reportedCostUsd: 0.5 });
    expect(read('claude', [result('unknown')]).verdict).toMatchObject({ usage, reportedCostUsd: undefined });
  });

  it('takes what grok says that it cost', () => {
    const end = { type: 'end', stopReason: 'end_turn', usage: { input_tokens: 5 }, total_cost_usd: 0.0127 };
    expect(read('grok', [JSON.stringify(end)]).verdict.reportedCostUsd).toBe(0.0127);
  });

  it.each(['cancelled', 'max_tokens', 'refusal'])(
    'of grok that stopped for %s is incomplete',
    (stopReason) => {
      const { verdict } = read('grok', [JSON.stringify({ type: 'end', stopReason })]);
      expect(verdict).toMatchObject({ succeeded: false, error: { reason: 'incomplete' } });
      expect(verdict.error?.message).toContain(stopReason);
    },
  );

  it.each([
    [145, 'authentication'],
    [173, 'rate_limit'],
    [244, 'model_unavailable'],
    [41, 'authentication'],
    [53, 'incomplete'],
  ] as const)('of gemini that ends with code %i is a case of %s', (exitCode, reason) => {
    expect(read('gemini', [], exitCode).verdict.error?.reason).toBe(reason);
  });

  it('of codex is not failed by an error item alone: it may be a warning', () => {
    const item = { type: 'error', message: 'Model metadata not found.' };
    const lines = [
      JSON.stringify({ type: 'item.completed', item }),
      JSON.stringify({ type: 'turn.completed' }),
    ];
    expect(read('codex', lines).verdict.succeeded).toBe(true);
  });
});

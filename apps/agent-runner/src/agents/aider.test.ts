import { describe, expect, it } from 'vitest';
import { parseSessionCost, parseTokenReport } from './aider-report.js';
import { adapterFor } from './index.js';

function read(lines: readonly string[], exitCode = 0) {
  const parser = adapterFor('aider').createParser();
  const log = lines.flatMap((line) => parser.line('stdout', line));
  return { log, verdict: parser.verdict({ exitCode, signal: undefined }) };
}

const REPORT = 'Tokens: 12k sent, 133 received. Cost: $0.04 message, $0.10 session.';

describe('the token report', () => {
  it.each([
    [REPORT, [12_000, 133, 0, 0], 0.1],
    ['Tokens: 2.6k sent, 1.1k received.', [2600, 1100, 0, 0], undefined],
    [
      'Tokens: 1.5M sent, 20 received. Cost: $0.000012 message, $1,234.50 session.',
      [1_500_000, 20, 0, 0],
      1234.5,
    ],
    ['Tokens: 5.8k sent, 1.2k cache write, 3k cache hit, 133 received.', [1600, 133, 3000, 1200], undefined],
    ['Tokens: 900 sent, 1k cache hit, 5 received.', [0, 5, 1000, 0], undefined],
  ] as const)('%s', (line, [inputTokens, outputTokens, cacheReadTokens, cacheWriteTokens], cost) => {
    expect(parseTokenReport(line)).toEqual({ inputTokens, outputTokens, cacheReadTokens, cacheWriteTokens });
    expect(parseSessionCost(line)).toBe(cost);
  });

  it('is told from any other line', () => {
    expect(parseTokenReport('Tokens: I sent 12k tokens.')).toBeUndefined();
    expect(parseSessionCost('Cost: $5')).toBeUndefined();
  });
});

describe('a run', () => {
  it('adds up its answers, and takes the last cost of the session', () => {
    const { verdict } = read([
      'Tokens: 2k sent, 100 received. Cost: $0.01 message, $0.01 session.',
      'Applied edit to a.py',
      'Tokens: 3k sent, 1k cache write, 1k cache hit, 200 received.',
      'Cost: $0.02 message, $0.03 session.',
    ]);
    expect(verdict).toEqual({
      succeeded: true,
      error: undefined,
      finalMessage: undefined,
      usage: { inputTokens: 3000, outputTokens: 300, cacheReadTokens: 1000, cacheWriteTokens: 1000 },
      reportedCostUsd: 0.03,
    });
  });

  it.each([
    [
      [
        'litellm.AuthenticationError: AuthenticationError: DeepseekException',
        'The API provider is not able to authenticate you. Check your API key.',
      ],
      'authentication',
    ],
    [
      [
        'litellm.RateLimitError: quota',
        'The API provider has rate limited you. Try again later or check your quotas.',
      ],
      'rate_limit',
    ],
    [
      ['litellm.InternalServerError: x', "The API provider's servers are down or overloaded."],
      'model_unavailable',
    ],
    [['litellm.NotFoundError: The model `x` does not exist'], 'model_unavailable'],
    [
      [
        'litellm.Timeout: x',
        'The API provider timed out without returning a response. They may be down or overloaded.',
      ],
      'model_unavailable',
    ],
    [['Model deepseek/deepseek-coder has hit a token limit!'], 'unknown'],
  ] as const)('fails on a fatal error, though the exit code is 0: %s', (lines, reason) => {
    const { log, verdict } = read(['Aider v0.86.1', ...lines]);
    expect(verdict.succeeded).toBe(false);
    expect(verdict.error?.reason).toBe(reason);
    expect(log.filter((line) => line.kind === 'error').length).toBe(lines.length);
  });

  it('is not failed by an error that a retry overcame, nor by what the model writes', () => {
    const overcome = ["The API provider's servers are down or overloaded.", 'Retrying in 0.2 seconds...'];
    expect(read([...overcome, 'I now catch litellm.Timeout.', REPORT]).verdict.succeeded).toBe(true);
  });

  it('says why it crashed', () => {
    const parser = adapterFor('aider').createParser();
    parser.line('stderr', 'ModuleNotFoundError: no module named aider');
    const verdict = parser.verdict({ exitCode: 1, signal: undefined });
    expect(verdict.error?.reason).toBe('crashed');
    expect(verdict.error?.message).toContain('no module named aider');
  });
});

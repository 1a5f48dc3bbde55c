import { describe, expect, it } from 'vitest';
import { agentError, reasonOfStatus, reasonOfText } from './failures.js';

describe('the reason behind an error text', () => {
  it.each([
    ['unexpected status 403 Forbidden: no access, url: http://model', 'authentication'],
    ['[API Error: {"error":{"code":429,"message":"slow down"}}]', 'rate_limit'],
    ['Unauthorized (401) from https://api.x.ai/v1', 'authentication'],
    ['API Error: 529 {"type":"overloaded_error"}', 'model_unavailable'],
    ['API Error (503): try later', 'model_unavailable'],
    ['rate_limit_error: slow down', 'rate_limit'],
    ['You exceeded your current quota, please check your plan', 'rate_limit'],
    ['API key not valid. Please pass a valid API key.', 'authentication'],
    ['models/gemini-9 is not found for API version v1beta', 'model_unavailable'],
    ['connect ECONNREFUSED 127.0.0.1:500', 'model_unavailable'],
    ['error sending request for url (http://127.0.0.1:9/v1/chat/completions)', 'model_unavailable'],
    ['We’re currently experiencing high demand', 'model_unavailable'],
    ['ModuleNotFoundError: no module named x', undefined],
    ['wrote 404 lines to port 50312', undefined],
    ['a file named modeling was not written', undefined],
    ['{"status":"PERMISSION_DENIED"}', 'authentication'],
    ['bash: /opt/agent: Permission denied', undefined],
  ] as const)('%s', (text, reason) => {
    expect(reasonOfText(text)).toBe(reason);
  });

  it('is taken from the status alone where there is one', () => {
    const reasons = [401, 403, 404, 429, 500, 529, 400, undefined].map(reasonOfStatus);
    expect(reasons).toEqual([
      'authentication',
      'authentication',
      'model_unavailable',
      'rate_limit',
      'model_unavailable',
      'model_unavailable',
      undefined,
      undefined,
    ]);
  });

  it('is explained to a person, with the words of the CLI in short', () => {
    expect(agentError('crashed').message).toBe('The agent crashed.');
    expect(agentError('unknown', 'x'.repeat(5000)).message.length).toBeLessThan(700);
  });
});

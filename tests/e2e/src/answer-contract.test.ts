import { openApiDocument } from '@outpost/contracts';
import { AnswerContract, type ApiDocument } from '@outpost/test-support';
import { expect, it } from 'vitest';

const contract = new AnswerContract(openApiDocument({ version: '0.0.0' }) as unknown as ApiDocument);
const USAGE = { month: '2026-11', dispatches: 1, costUsd: 0.2 };

function problems(target: string, status: number, body: unknown, type = 'application/json; charset=utf-8') {
  const headers = { 'content-type': type, 'x-request-id': 'r1' };
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return contract.problems({ method: 'GET', target }, { status, headers, body: text });
}

function errorBody(code: string, requestId = 'r1') {
  return { error: { code, message: 'No.', requestId } };
}

// Every answer in these tests is held to the document by this: it has to see what is wrong.
it.each<[string, number, unknown, string?]>([
  ['/usage?month=2026-11', 200, USAGE],
  ['/usage', 429, errorBody('RATE_LIMIT_EXCEEDED')],
  ['/health/ready', 503, { status: 'unavailable', checks: { store: 'failed' } }],
  ['/dispatch/01K4ZJ8W2T6V0Q9S3R5X7Y1B2C/logs', 200, '', 'text/event-stream'],
  ['/docs', 200, '<html>', 'text/html; charset=utf-8'],
  ['/nowhere', 404, errorBody('NOT_FOUND')],
])('an answer to %s with %i is as documented', (target, status, body, type) => {
  expect(problems(target, status, body, type)).toEqual([]);
});

it.each<[string, string, number, unknown, RegExp, string?]>([
  ['a field that is not documented', '/usage', 200, { ...USAGE, surplus: 1 }, /must NOT have additional/],
  [
    'a field that is missing',
    '/usage',
    200,
    { month: '2026-11' },
    /must have required property 'dispatches'/,
  ],
  ['a status that is not documented', '/usage', 404, errorBody('NOT_FOUND'), /status 404, of 200, 400/],
  ['a code of another status', '/usage', 403, errorBody('NOT_FOUND'), /NOT_FOUND with status 403/],
  ['a code that there is not', '/usage', 403, errorBody('FORBIDDEN'), /must be equal to one of/],
  ['another request id', '/usage', 403, errorBody('AUTHORIZATION_ERROR', 'r2'), /another request id/],
  ['another type', '/usage', 200, '<html>', /a body as text\/html, of application\/json/, 'text/html'],
  ['a body that is no JSON', '/usage', 200, '<html>', /no JSON/],
  ['an answer where there is nothing', '/nowhere', 200, {}, /status 200, of 404/],
])('%s is found', (_, target, status, body, message, type) => {
  expect(problems(target, status, body, type).join('\n')).toMatch(message);
});

it('an answer without a request id is found', () => {
  const answer = {
    status: 200,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(USAGE),
  };
  expect(contract.problems({ method: 'GET', target: '/usage' }, answer)).toEqual(['no X-Request-Id']);
});

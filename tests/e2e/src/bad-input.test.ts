import type { ErrorBody } from '@outpost/contracts';
import {
  type CallOptions,
  git,
  startWithFakeAgent,
  makeRepository,
  type Outpost,
  randomKey,
  temporaryDirectory,
} from '@outpost/test-support';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

let outpost: Outpost;
let repo: string;
const task = 'Write a test for the empty cart.';

beforeAll(async () => {
  repo = await makeRepository();
  outpost = await startWithFakeAgent();
});
afterAll(() => outpost.stop());

async function refused(
  options: CallOptions,
  method = 'POST',
  path = '/dispatch',
): Promise<{ status: number; text: string } & ErrorBody['error']> {
  const { status, body, headers } = await outpost.call<ErrorBody>(method, path, options);
  expect(headers.get('x-request-id')).toBe(body.error.requestId);
  const text = [
    body.error.message,
    ...(body.error.details ?? []).map((detail) => `${detail.path}: ${detail.message}`),
  ].join('\n');
  return { status, text, ...body.error };
}

async function keyWith(...scopes: string[]): Promise<{ key: string; apiKeyId: string }> {
  return (
    await outpost.call<{ key: string; apiKeyId: string }>('POST', '/api-keys', {
      json: { name: 'test', scopes },
    })
  ).body;
}

describe('a bad request is refused with what would be right, and leaves no row', () => {
  afterAll(async () => {
    const { body } = await outpost.call<{ runs: unknown[] }>('GET', '/runs');
    expect(body.runs).toEqual([]);
  });

  it.each<[string, object, string, RegExp]>([
    ['an unknown agent', { agent: 'gpt' }, 'body.agent', /"claude"\|"codex"\|"gemini"\|"aider"\|"grok"/],
    ['no agent', { agent: undefined }, 'body.agent', /expected one of "claude"/],
    ['a task that is too short', { task: 'too short' }, 'body.task', /at least 10 characters/],
    ['a task over 50,000 characters', { task: 'x'.repeat(50_001) }, 'body.task', /at most 50000 characters/],
    ['an unknown field', { priority: 1 }, 'body.priority', /known: agent, task, modelId, repo/],
    [
      'a repository that is none',
      { repo: 'not a repo' },
      'body.repo',
      /owner\/name \(GitHub\), an https or ssh URL/,
    ],
    [
      'a credential in the URL',
      { repo: 'https://me:pw@example.com/x.git' },
      'body.repo',
      /without credentials/,
    ],
    ['a timeout that is too short', { timeoutSeconds: 5 }, 'body.timeoutSeconds', />=\s?30/],
    ['a timeout that is no number', { timeoutSeconds: 'soon' }, 'body.timeoutSeconds', /expected number/],
    [
      'a secret that the tenant does not have',
      { secrets: ['NPM_KEY'] },
      'body.secrets.0',
      /has no secret NPM_KEY/,
    ],
    ['a workspace id that is none', { workspaceId: '42' }, 'body.workspaceId', /UUID/],
    ['a tag that is no string', { tags: { team: 7 } }, 'body.tags.team', /expected string/],
  ])('%s', async (_, fields, path, message) => {
    const error = await refused({ json: { agent: 'claude', task, ...fields } });
    expect(error).toMatchObject({ status: 400, code: 'VALIDATION_ERROR' });
    expect(error.details?.map((detail) => detail.path)).toContain(path);
    expect(error.text).toMatch(message);
  });

  it('a repository that cannot be reached', async () => {
    const error = await refused({ json: { agent: 'claude', task, repo: `${repo}-is-not-there` } });
    expect(error).toMatchObject({ status: 400, code: 'VALIDATION_ERROR', details: [{ path: 'body.repo' }] });
    expect(error.text).toMatch(/cannot be read/);
  });

  it('a host that does not answer', async () => {
    const error = await refused({ json: { agent: 'claude', task, repo: 'http://127.0.0.1:9/x.git' } });
    expect(error).toMatchObject({ status: 400, code: 'VALIDATION_ERROR', details: [{ path: 'body.repo' }] });
  });

  it('a branch that is missing, with the one that is there', async () => {
    const error = await refused({ json: { agent: 'claude', task, repo, branch: 'nope' } });
    expect(error).toMatchObject({
      status: 400,
      code: 'VALIDATION_ERROR',
      details: [{ path: 'body.branch' }],
    });
    expect(error.text).toMatch(/its default branch is main/);
  });

  it('a repository without a commit', async () => {
    const empty = await temporaryDirectory();
    await git(empty, 'init', '--quiet', '--bare');
    const error = await refused({ json: { agent: 'claude', task, repo: empty } });
    expect(error).toMatchObject({ status: 400, details: [{ path: 'body.repo' }] });
    expect(error.text).toMatch(/push a first commit/);
  });

  it('a workspace that is not there', async () => {
    const error = await refused({
      json: { agent: 'claude', task, workspaceId: '3f2b8c1e-0f39-4b5a-9d3e-2d6f0c8b7a10' },
    });
    expect(error).toMatchObject({ status: 404, code: 'NOT_FOUND' });
  });

  it('an agent that is not installed', async () => {
    const error = await refused({ json: { agent: 'aider', task } });
    expect(error).toMatchObject({ status: 503, code: 'SERVICE_UNAVAILABLE' });
    expect(error.text).toMatch(/agents install aider/);
  });

  it('malformed JSON', async () => {
    const error = await refused({ body: '{"agent": "claude", ' });
    expect(error).toMatchObject({
      status: 400,
      code: 'VALIDATION_ERROR',
      details: [{ path: 'body', message: 'is not valid JSON' }],
    });
  });

  it('a form instead of JSON', async () => {
    const error = await refused({
      body: 'agent=claude',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    });
    expect(error).toMatchObject({ status: 400, code: 'VALIDATION_ERROR' });
    expect(error.text).toMatch(/must be application\/json/);
  });

  it('a body of 11 MB', async () => {
    const error = await refused({
      body: JSON.stringify({ agent: 'claude', task, x: 'x'.repeat(11 * 1024 * 1024) }),
    });
    expect(error).toMatchObject({ status: 413, code: 'PAYLOAD_TOO_LARGE' });
    expect(error.text).toMatch(/10 MB/);
  });

  it('an idempotency key that is too long', async () => {
    const error = await refused({
      json: { agent: 'claude', task },
      headers: { 'idempotency-key': 'k'.repeat(129) },
    });
    expect(error).toMatchObject({ status: 400, details: [{ path: 'header.idempotency-key' }] });
  });

  it.each([
    ['GET', '/dispatch/42'],
    ['DELETE', '/dispatch/42'],
    ['GET', '/dispatch/42/logs'],
    ['GET', '/artifacts/..%2F..%2Fetc'],
  ])('an id that is none: %s %s', async (method, path) => {
    expect(await refused({}, method, path)).toMatchObject({
      status: 400,
      code: 'VALIDATION_ERROR',
      details: [{ path: 'path.dispatchId' }],
    });
  });

  it.each([
    ['GET', '/dispatch/01K4ZJ8W2T6V0Q9S3R5X7Y1B2C'],
    ['DELETE', '/dispatch/01K4ZJ8W2T6V0Q9S3R5X7Y1B2C'],
    ['GET', '/dispatch/01K4ZJ8W2T6V0Q9S3R5X7Y1B2C/logs'],
    ['GET', '/artifacts/01K4ZJ8W2T6V0Q9S3R5X7Y1B2C'],
    ['GET', '/no-such-route'],
  ])('what is not there: %s %s', async (method, path) => {
    expect(await refused({}, method, path)).toMatchObject({ status: 404, code: 'NOT_FOUND' });
  });

  it.each([
    ['?limit=0', 'query.limit'],
    ['?limit=many', 'query.limit'],
    ['?cursor=%00', 'query.cursor'],
    ['?status=DONE', 'query.status'],
    ['?since=yesterday', 'query.since'],
    ['?colour=red', 'query.colour'],
  ])('GET /runs%s', async (query, path) => {
    const error = await refused({}, 'GET', `/runs${query}`);
    expect(error).toMatchObject({ status: 400, code: 'VALIDATION_ERROR', details: [{ path }] });
  });
});

describe('who may not call', () => {
  it('no key', async () => {
    const error = await refused({ key: null, json: { agent: 'claude', task } });
    expect(error).toMatchObject({ status: 401, code: 'AUTHENTICATION_ERROR' });
    expect(error.text).toMatch(/X-API-Key/);
  });

  it.each([
    ['unknown', randomKey()],
    ['too short', 'otp_short'],
    ['of 5,000 characters', 'x'.repeat(5000)],
  ])('a key that is none: %s', async (_, key) => {
    expect(await refused({ key }, 'GET', '/runs')).toMatchObject({
      status: 401,
      code: 'AUTHENTICATION_ERROR',
    });
  });

  it('a revoked key, from the moment of its revocation', async () => {
    const { key, apiKeyId } = await keyWith('list');
    expect((await outpost.call('GET', '/runs', { key })).status).toBe(200);
    expect(await outpost.call('DELETE', `/api-keys/${apiKeyId}`)).toMatchObject({
      status: 200,
      body: { status: 'revoked' },
    });
    expect(await refused({ key }, 'GET', '/runs')).toMatchObject({
      status: 401,
      code: 'AUTHENTICATION_ERROR',
    });
  });

  it.each([
    ['POST', '/dispatch', 'dispatch'],
    ['GET', '/dispatch/01K4ZJ8W2T6V0Q9S3R5X7Y1B2C', 'status'],
    ['DELETE', '/dispatch/01K4ZJ8W2T6V0Q9S3R5X7Y1B2C', 'cancel'],
    ['GET', '/runs', 'list'],
    ['GET', '/fleet', 'status'],
    ['POST', '/api-keys', 'admin'],
  ])('a key without the scope: %s %s needs %s', async (method, path, scope) => {
    const { key } = await keyWith('promote');
    const error = await refused({ key, ...(method === 'POST' && { json: {} }) }, method, path);
    expect(error).toMatchObject({ status: 403, code: 'AUTHORIZATION_ERROR' });
    expect(error.text).toContain(`the scope ${scope}`);
  });

  it('a key is shown once and never listed', async () => {
    const { key } = await keyWith('list');
    const { body } = await outpost.call<{ apiKeys: object[] }>('GET', '/api-keys');
    expect(JSON.stringify(body)).not.toContain(key);
    expect(body.apiKeys).toContainEqual(
      expect.objectContaining({ keyPrefix: key.slice(0, 15), scopes: ['list'] }),
    );
  });

  it('a bearer token is a key too', async () => {
    const headers = { authorization: `Bearer ${outpost.apiKey}` };
    expect((await outpost.call('GET', '/runs', { key: null, headers })).status).toBe(200);
  });
});

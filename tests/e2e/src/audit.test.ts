import type { ApiKey, AuditEntry, CreatedApiKey, AuditPage, Dispatch, ErrorBody } from '@outpost/contracts';
import { fakeAgentEnv, type Outpost, shellTask, type Site, SITES } from '@outpost/test-support';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';

/** As the site on AWS has it. */
const PROVIDER_KEY = 'dummy-key-of-claude-0123456789';
const TENANT_SECRET = 'tenant-secret-äöü-9876543210';

describe.each(SITES)('the audit on $name', ({ open }) => {
  let site: Site;
  let outpost: Outpost;
  let apiKeyId: string;
  let done: Dispatch;
  let refused: ErrorBody;

  beforeAll(async () => {
    site = await open();
    await site.putSecrets({ DEPLOY_KEY: TENANT_SECRET });
    const env = { ...(await fakeAgentEnv(site.directory)), ANTHROPIC_API_KEY: PROVIDER_KEY };
    outpost = await site.start({ env });
    const { body } = await outpost.call<{ apiKeys: ApiKey[] }>('GET', '/api-keys');
    apiKeyId = body.apiKeys[0]!.apiKeyId;
    const task = shellTask('test -n "$DEPLOY_KEY" && test -n "$ANTHROPIC_API_KEY"');
    const { dispatchId } = await outpost.dispatch({ agent: 'claude', task, secrets: ['DEPLOY_KEY'] });
    const json = { agent: 'claude', task, secrets: ['GONE'] };
    refused = (await outpost.call<ErrorBody>('POST', '/dispatch', { json })).body;
    done = await outpost.ended(dispatchId);
    // An entry is not waited for by the call that it is about.
    await vi.waitFor(async () => expect((await audit()).entries).toHaveLength(8), { timeout: 20_000 });
  });
  afterAll(async () => {
    await outpost.stop();
    await site.close();
  });

  const audit = async (query = ''): Promise<AuditPage> =>
    (await outpost.call<AuditPage>('GET', `/audit${query}`)).body;
  /** By resource: of what happens at once, neither is first. */
  const of = async (action: AuditEntry['action']): Promise<AuditEntry[]> =>
    (await audit(`?action=${action}`)).entries.toSorted((a, b) => (a.resource < b.resource ? -1 : 1));

  it('has who asked for a secret, and what they were told', async () => {
    expect(done.status, JSON.stringify(done.failure)).toBe('COMPLETED');
    expect(refused.error.code).toBe('VALIDATION_ERROR');
    const common = { tenantId: 'default', actor: { kind: 'api_key', id: apiKeyId } };
    expect(await of('secret.validate')).toMatchObject([
      { ...common, resource: 'secret/tenants/DEPLOY_KEY', outcome: 'success' },
      {
        ...common,
        resource: 'secret/tenants/GONE',
        outcome: 'denied',
        detail: 'the tenant has no secret GONE',
      },
    ]);
  });

  it('has who dispatched what, from where, and what came of it', async () => {
    const common = {
      tenantId: 'default',
      actor: { kind: 'api_key', id: apiKeyId },
      sourceIp: '127.0.0.1',
      userAgent: 'node',
      requestId: expect.any(String),
    };
    const resource = `dispatch/${done.dispatchId}`;
    expect(await of('dispatch.create')).toMatchObject([
      { ...common, resource: 'dispatch', outcome: 'failure', detail: 'VALIDATION_ERROR' },
      { ...common, resource, dispatchId: done.dispatchId, outcome: 'success' },
    ]);
  });

  it('has what the worker was given, and what it read', async () => {
    const common = { dispatchId: done.dispatchId, outcome: 'success' };
    const resources = ['secret/agents/claude', 'secret/tenants/DEPLOY_KEY'];
    expect(await of('secret.inject')).toMatchObject(
      resources.map((resource) => ({ ...common, resource, actor: { kind: 'control_plane' } })),
    );
    const actor = { kind: 'worker', id: done.dispatchId };
    expect(await of('secret.read')).toMatchObject(
      resources.map((resource) => ({ ...common, resource, actor })),
    );
  });

  it('holds no value of a secret', async () => {
    const text = JSON.stringify(await audit());
    for (const value of [PROVIDER_KEY, TENANT_SECRET]) {
      for (const form of [value, Buffer.from(value).toString('base64'), encodeURIComponent(value)])
        expect(text).not.toContain(form);
    }
  });

  it('comes in pages, newest first, and as of a time', async () => {
    const { entries } = await audit();
    const ids = entries.map(({ auditId }) => auditId);
    expect(ids).toEqual(ids.toSorted().toReversed());
    const paged: AuditEntry[] = [];
    let cursor: string | undefined;
    do {
      const page = await audit(`?limit=4${cursor === undefined ? '' : `&cursor=${cursor}`}`);
      expect(page.entries.length).toBeLessThanOrEqual(4);
      paged.push(...page.entries);
      cursor = page.nextCursor;
    } while (cursor !== undefined);
    expect(paged).toEqual(entries);
    expect((await audit(`?since=${entries[0]!.at}`)).entries).toContainEqual(entries[0]);
    expect(await audit('?since=2100-01-01T00:00:00Z')).toEqual({ entries: [] });
  });

  it.each(['cursor=nonsense', 'action=secret.steal', 'since=yesterday', 'limit=0'])(
    'refuses %s, and says what is wrong',
    async (query) => {
      const answer = await outpost.call<ErrorBody>('GET', `/audit?${query}`);
      expect(answer).toMatchObject({
        status: 400,
        body: {
          error: { code: 'VALIDATION_ERROR', details: [{ path: `query.${query.split('=')[0]}` }] },
        },
      });
    },
  );

  it('has what was done with keys, and what was denied to whom', async () => {
    const json = { name: 'ci', scopes: ['list'] };
    const made = (await outpost.call<CreatedApiKey>('POST', '/api-keys', { json })).body;
    const path = `/api-keys/${made.apiKeyId}`;
    const rotate = { json: { overlapSeconds: 0 } };
    const next = (await outpost.call<CreatedApiKey>('POST', `${path}/rotate`, rotate)).body;
    const headers = { 'user-agent': 'intruder/1.0' };
    await outpost.call('GET', '/fleet', { key: next.key, headers });
    await outpost.call('GET', '/runs', { key: made.key, headers });
    await outpost.call('DELETE', path);
    const admin = { kind: 'api_key', id: apiKeyId };
    const expected = [
      { actor: admin, action: 'api_key.create', resource: path.slice(1), outcome: 'success' },
      {
        actor: admin,
        action: 'api_key.rotate',
        resource: `api-keys/${next.apiKeyId}`,
        outcome: 'success',
      },
      {
        actor: { kind: 'api_key', id: next.apiKeyId },
        action: 'access.denied',
        resource: 'GET /fleet',
        outcome: 'denied',
        detail: 'AUTHORIZATION_ERROR',
        userAgent: 'intruder/1.0',
      },
      {
        actor: { kind: 'api_key', id: made.apiKeyId },
        action: 'access.denied',
        resource: 'GET /runs',
        outcome: 'denied',
        detail: 'AUTHENTICATION_ERROR',
        userAgent: 'intruder/1.0',
      },
      { actor: admin, action: 'api_key.revoke', resource: path.slice(1), outcome: 'success' },
    ];
    await vi.waitFor(async () => {
      const { entries } = await audit(`?limit=${expected.length}`);
      expect(entries.toReversed()).toMatchObject(expected);
    });
    for (const { key } of [made, next]) expect(JSON.stringify(await audit('?limit=100'))).not.toContain(key);
  });

  it('is for admins', async () => {
    const json = { name: 'ci', scopes: ['dispatch', 'status', 'list', 'cancel', 'promote'] };
    const { key } = (await outpost.call<{ key: string }>('POST', '/api-keys', { json })).body;
    expect((await outpost.call('GET', '/audit', { key })).status).toBe(403);
    expect((await outpost.call('GET', '/audit', { key: null })).status).toBe(401);
  });
});

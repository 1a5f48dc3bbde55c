import type {
  CreatedApiKey,
  CreateTenant,
  Dispatch,
  ErrorBody,
  Fleet,
  Tenant,
  Usage,
} from '@outpost/contracts';
import { fakeAgentEnv, shellTask, SITES, until, type Outpost, type Site } from '@outpost/test-support';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

describe.each(SITES)('tenants on $name', ({ open }) => {
  let site: Site;
  let operator: Outpost;

  beforeAll(async () => {
    site = await open();
    operator = await site.start({ env: await fakeAgentEnv(site.directory) });
  });
  afterAll(async () => {
    await operator.stop();
    await site.close();
  });

  /** Creates a tenant, and answers its first admin. */
  const found = async (tenant: CreateTenant): Promise<Outpost> => {
    const { status } = await operator.call('POST', '/tenants', { json: tenant });
    expect(status).toBe(201);
    const json = { name: 'first', scopes: ['admin'] };
    const { body } = await operator.call<CreatedApiKey>('POST', `/tenants/${tenant.tenantId}/api-keys`, {
      json,
    });
    expect(body.tenantId).toBe(tenant.tenantId);
    return operator.as(body.key);
  };
  const set = async (tenantId: string, json: object): Promise<void> => {
    expect((await operator.call('PATCH', `/tenants/${tenantId}`, { json })).status).toBe(200);
  };

  it('are created, listed, read and changed by the operator', async () => {
    const json = { tenantId: 'acme', name: 'ACME Inc.', maxConcurrent: 2, weight: 0.5 };
    const created = await operator.call<Tenant>('POST', '/tenants', { json });
    expect(created).toMatchObject({ status: 201, body: { ...json, status: 'active' } });
    expect(created.headers.get('location')).toBe('/tenants/acme');
    expect((await operator.call<Tenant>('GET', '/tenants/acme')).body).toEqual(created.body);
    await set('acme', { weight: null, name: 'ACME' });
    const { body } = await operator.call<{ tenants: Tenant[] }>('GET', '/tenants');
    const acme = body.tenants.find(({ tenantId }) => tenantId === 'acme');
    expect(acme).toMatchObject({ tenantId: 'acme', name: 'ACME', maxConcurrent: 2, status: 'active' });
    expect(acme).not.toHaveProperty('weight');
  });

  it.each([
    ['POST', '/tenants', { tenantId: 'Not An Id' }, 400, 'body.tenantId'],
    ['POST', '/tenants', { tenantId: 'x', maxConcurrent: 0 }, 400, 'body.maxConcurrent'],
    ['POST', '/tenants', { tenantId: 'x', budget: 1 }, 400, 'body.budget'],
    ['POST', '/tenants', { tenantId: 'default' }, 409, 'tenant default already'],
    ['PATCH', '/tenants/absent', { weight: 2 }, 404, 'no tenant absent'],
    ['PATCH', '/tenants/absent', { status: 'gone' }, 400, 'body.status'],
    ['POST', '/tenants/absent/api-keys', { name: 'x', scopes: ['list'] }, 404, 'no tenant absent'],
  ] as const)('%s %s %j is refused', async (method, path, json, status, words) => {
    const answer = await operator.call<ErrorBody>(method, path, { json });
    expect(answer.status).toBe(status);
    expect(answer.body.error.message).toContain(words);
  });

  it('are no business of another tenant, however much its key may do there', async () => {
    const admin = await found({ tenantId: 'curious' });
    for (const [method, path, json] of [
      ['GET', '/tenants'],
      ['GET', '/tenants/curious'],
      ['PATCH', '/tenants/curious', { maxConcurrent: 1_000 }],
      ['POST', '/tenants', { tenantId: 'mine' }],
      ['POST', '/tenants/default/api-keys', { name: 'x', scopes: ['admin'] }],
    ] as const) {
      const answer = await admin.call<ErrorBody>(method, path, json && { json });
      expect(answer, path).toMatchObject({ status: 403, body: { error: { code: 'AUTHORIZATION_ERROR' } } });
    }
    const { body } = await operator.call<{ tenants: Tenant[] }>('GET', '/tenants');
    expect(body.tenants.map(({ tenantId }) => tenantId)).not.toContain('mine');
  });

  it('have as many slots as they are given', async () => {
    const tenant = await found({ tenantId: 'small', maxConcurrent: 1 });
    const first = await tenant.dispatch({ agent: 'claude', task: shellTask('sleep 600') });
    const second = await tenant.dispatch({ agent: 'claude', task: shellTask('true') });
    expect([first.status, second.status]).toEqual(['PENDING', 'QUEUED']);
    expect((await tenant.call<Fleet>('GET', '/fleet')).body.tenant).toEqual({ busy: 1, queued: 1, limit: 1 });
    await set('small', { maxConcurrent: 2 });
    expect((await tenant.ended(second.dispatchId)).status).toBe('COMPLETED');
    await tenant.call('DELETE', `/dispatch/${first.dispatchId}`);
    await tenant.ended(first.dispatchId);
  });

  it('have as many requests as they are given', async () => {
    const tenant = await found({ tenantId: 'chatty', requestsPerMinute: 2 });
    const answers = [];
    for (let request = 0; request < 3; request += 1) answers.push(await tenant.call('GET', '/runs'));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 429]);
    expect(answers[0]!.headers.get('x-ratelimit-limit')).toBe('2');
  });

  it('have repositories on the hosts that are named for them, and on no other', async () => {
    const tenant = await found({ tenantId: 'bound', repositoryHosts: ['127.0.0.1', '*.example.org'] });
    const refusal = async (repo: string): Promise<string> => {
      const json = { agent: 'claude', task: shellTask('true'), repo };
      const { status, body } = await tenant.call<ErrorBody>('POST', '/dispatch', { json });
      expect(status).toBe(400);
      return body.error.message;
    };
    expect(await refusal('https://github.com/octocat/hello-world')).toContain(
      'github.com is not one of the hosts that are allowed',
    );
    expect(await refusal('git@example.org:a/b')).toContain('example.org is not one of');
    expect(await refusal('https://127.0.0.1:1/a/b')).not.toContain('not one of');
    await set('bound', { repositoryHosts: null });
    expect(await refusal('https://localhost:1/a/b')).not.toContain('not one of');
    const wrong = await operator.call<ErrorBody>('PATCH', '/tenants/bound', {
      json: { repositoryHosts: ['a/b'] },
    });
    expect(wrong.body.error.message).toContain('must be a host name, *.example.com for all below');
  });

  it('may spend what they are given in a month, and no more', async () => {
    const tenant = await found({ tenantId: 'thrifty', monthlyBudgetUsd: 1e-9 });
    const json = { agent: 'claude', task: shellTask('true') };
    const { dispatchId } = await tenant.dispatch(json);
    const { cost } = await tenant.ended(dispatchId);
    const usage = (await tenant.call<Usage>('GET', '/usage')).body;
    expect(usage).toMatchObject({ dispatches: 1, costUsd: cost!.total, budgetUsd: 1e-9 });
    expect((await operator.call<Usage>('GET', '/tenants/thrifty/usage')).body).toEqual(usage);
    // What is known of a budget is a few seconds old.
    const refused = await until(async () => {
      const answer = await tenant.call<ErrorBody>('POST', '/dispatch', { json });
      return answer.status === 402 ? answer : undefined;
    });
    expect(refused.body.error).toMatchObject({ code: 'BUDGET_EXCEEDED' });
    expect(refused.body.error.message).toContain('GET /usage');
    await set('thrifty', { monthlyBudgetUsd: null });
    expect((await tenant.ended((await tenant.dispatch(json)).dispatchId)).status).toBe('COMPLETED');
    expect((await tenant.call<ErrorBody>('GET', '/usage?month=November')).status).toBe(400);
  });

  it('that are suspended are refused, start nothing, and go on where they stood', async () => {
    const tenant = await found({ tenantId: 'late', maxConcurrent: 1 });
    const running = await tenant.dispatch({ agent: 'claude', task: shellTask('sleep 600') });
    const waiting = await tenant.dispatch({ agent: 'claude', task: shellTask('true') });
    await tenant.call('DELETE', `/dispatch/${running.dispatchId}`);
    await set('late', { status: 'suspended' });
    const refused = await tenant.call<ErrorBody>('GET', '/runs');
    expect(refused).toMatchObject({ status: 403, body: { error: { code: 'AUTHORIZATION_ERROR' } } });
    expect(refused.body.error.message).toContain('suspended');
    await set('late', { status: 'active' });
    expect((await tenant.ended(waiting.dispatchId)).status).toBe('COMPLETED');
    await until(async () => {
      const { body } = await tenant.call<Dispatch>('GET', `/dispatch/${running.dispatchId}`);
      return body.status === 'CANCELLED' || undefined;
    });
  });
});

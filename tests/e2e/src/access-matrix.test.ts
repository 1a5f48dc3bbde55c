import {
  ROUTES,
  SCOPES,
  type ApiKey,
  type CreatedApiKey,
  type CreatedWebhook,
  type ErrorBody,
  type OperationId,
  type RouteDefinition,
  type Scope,
  type WebhookDeliveryPage,
} from '@outpost/contracts';
import {
  fakeAgentEnv,
  randomKey,
  shellTask,
  SITES,
  until,
  type Answer,
  type Outpost,
  type Site,
} from '@outpost/test-support';
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const ABSENT_DISPATCH = '01K4ZJ8W2T6V0Q9S3R5X7Y1B2C';

/** Every operation that takes a key. */
const GUARDED = (Object.entries(ROUTES) as [OperationId, RouteDefinition][]).filter(
  ([, { access }]) => access !== 'public' && access !== 'signed',
);

/** Nothing listens there. */
const WEBHOOK_URL = 'https://127.0.0.1:9/';

/** Bodies that would be accepted, with ids by their names. */
const BODIES: Readonly<Partial<Record<OperationId, object>>> = {
  createDispatch: { agent: 'claude', task: shellTask('true') },
  promote: { dispatchId: ':dispatchId' },
  createApiKey: { name: 'intruder', scopes: ['admin'] },
  rotateApiKey: { overlapSeconds: 0 },
  createTenant: { tenantId: 'intruders' },
  updateTenant: { status: 'suspended' },
  putContextDocument: { content: 'Intruders welcome.' },
  createTenantApiKey: { name: 'intruder', scopes: ['admin'] },
  createWebhook: { url: WEBHOOK_URL },
  updateWebhook: { status: 'active' },
  rotateWebhook: { overlapSeconds: 0 },
};

interface Ids {
  readonly dispatchId: string;
  readonly apiKeyId: string;
  readonly tenantId: string;
  readonly document: string;
  readonly workspaceId: string;
  readonly webhookId: string;
  readonly deliveryId: string;
}

function pathOf({ path }: RouteDefinition, ids: Ids): string {
  return path.replaceAll(/:(\w+)/g, (_, name: keyof Ids) => ids[name]);
}

function scopeOf({ access }: RouteDefinition): Scope {
  return access === 'operator' ? 'admin' : (access as Scope);
}

/** By an id in its path or its body. A context document has a name that every tenant may use. */
function namesSomething(operationId: OperationId, { params }: RouteDefinition): boolean {
  if (params !== undefined) return !('document' in params.shape);
  return JSON.stringify(BODIES[operationId] ?? {}).includes('":dispatchId"');
}

function bodyOf(operationId: OperationId, ids: Ids): object | undefined {
  const body = BODIES[operationId];
  return body && (JSON.parse(JSON.stringify(body).replaceAll(':dispatchId', ids.dispatchId)) as object);
}

describe.each(SITES)('who may call what, on $name', ({ open }) => {
  let site: Site;
  let outpost: Outpost;
  let own: Ids;
  let stranger: Outpost;
  const refused = new Map<string, string | null>();
  /** By a scope: a key that may do all but this. */
  const limited = new Map<Scope, string>();
  let suspended: string;
  let state: unknown;
  let checked = 0;

  beforeAll(async () => {
    site = await open();
    const env = { ...(await fakeAgentEnv(site.directory)), OUTPOST_PRIVATE_WEBHOOK_HOSTS: '127.0.0.1' };
    outpost = await site.start({ env });
    const webhookId = await newWebhook();
    const { dispatchId, workspaceId } = await outpost.dispatch({
      agent: 'claude',
      task: shellTask('true'),
      workspaceMode: 'persistent',
    });
    await outpost.ended(dispatchId);
    const deliveryId = await firstDelivery(webhookId);
    await outpost.call('PUT', '/context-documents/PROFILE', { json: { content: 'Of tenant default.' } });
    const [kept, revoked, expired] = [await newKey(), await newKey(), await newKey()];
    own = {
      dispatchId,
      apiKeyId: kept.apiKeyId,
      tenantId: 'acme',
      document: 'PROFILE',
      workspaceId,
      webhookId,
      deliveryId,
    };
    await outpost.call('POST', '/tenants', { json: { tenantId: 'acme' } });
    await outpost.call('DELETE', `/api-keys/${revoked.apiKeyId}`);
    await outpost.call('POST', `/api-keys/${expired.apiKeyId}/rotate`, { json: { overlapSeconds: 0 } });
    stranger = outpost.as(await site.tenantKey('globex', ['admin']));
    suspended = await suspendedKey();
    for (const [name, key] of [
      ['no key', null],
      ['no key at all', 'hunter2'],
      ['an unknown key', randomKey()],
      ['a revoked key', revoked.key],
      ['an expired key', expired.key],
    ] as const)
      refused.set(name, key);
    for (const [, route] of GUARDED) {
      const needed = scopeOf(route);
      const others = SCOPES.filter((scope) => scope !== 'admin' && scope !== needed);
      if (!limited.has(needed)) limited.set(needed, (await newKey(others)).key);
    }
    state = await stateOfAll();
  });
  afterAll(async () => {
    console.info(`${checked} calls that were refused changed nothing`);
    await outpost.stop();
    await site.close();
  });

  const suspendedKey = async (): Promise<string> => {
    await outpost.call('POST', '/tenants', { json: { tenantId: 'late' } });
    const json = { name: 'test', scopes: ['admin'] };
    const { body } = await outpost.call<CreatedApiKey>('POST', '/tenants/late/api-keys', { json });
    await outpost.call('PATCH', '/tenants/late', { json: { status: 'suspended' } });
    return body.key;
  };

  const newWebhook = async (): Promise<string> => {
    const json = { url: WEBHOOK_URL, events: ['dispatch.cost'] };
    return (await outpost.call<CreatedWebhook>('POST', '/webhooks', { json })).body.webhookId;
  };

  /** Of a webhook that is disabled then: nothing of it changes by itself any more. */
  const firstDelivery = async (webhookId: string): Promise<string> => {
    const path = `/webhooks/${webhookId}`;
    const { deliveryId } = await until(async () => {
      const { body } = await outpost.call<WebhookDeliveryPage>('GET', `${path}/deliveries`);
      return body.deliveries.find(({ attempts }) => attempts.length > 0);
    });
    await outpost.call('PATCH', path, { json: { status: 'disabled' } });
    return deliveryId;
  };

  const newKey = async (scopes: readonly string[] = ['admin']): Promise<CreatedApiKey> => {
    const json = { name: 'test', scopes };
    return (await outpost.call<CreatedApiKey>('POST', '/api-keys', { json })).body;
  };

  const call = async (
    operationId: OperationId,
    route: RouteDefinition,
    key: string | null,
    ids = own,
  ): Promise<Answer<ErrorBody>> => {
    const json = bodyOf(operationId, ids);
    checked += 1;
    return outpost.call<ErrorBody>(route.method.toUpperCase(), pathOf(route, ids), {
      key,
      ...(json !== undefined && { json }),
    });
  };

  /** All that a tenant could see changed, but for how often its keys were used. */
  const stateOf = async (tenant: Outpost): Promise<unknown> => {
    const { runs } = (await tenant.call<{ runs: unknown[] }>('GET', '/runs?limit=100')).body;
    const { apiKeys } = (await tenant.call<{ apiKeys: ApiKey[] }>('GET', '/api-keys')).body;
    const keys = apiKeys.map(({ usageCount: _, lastUsedAt: __, ...key }) => key);
    const { body: documents } = await tenant.call('GET', '/context-documents');
    const { body: tenants } = await tenant.call('GET', '/tenants');
    const { body: workspaces } = await tenant.call('GET', '/workspaces?limit=100');
    const { body: webhooks } = await tenant.call('GET', '/webhooks');
    const path = `/webhooks/${own.webhookId}/deliveries`;
    const { body: deliveries } = await tenant.call('GET', path);
    return {
      runs,
      keys,
      documents,
      workspaces,
      webhooks,
      deliveries: withoutRequestId(deliveries),
      tenants: withoutRequestId(tenants),
    };
  };

  const stateOfAll = async () => [await stateOf(outpost), await stateOf(stranger)];

  const unchanged = async (attempt: () => Promise<void>): Promise<void> => {
    await attempt();
    const before = state;
    state = await stateOfAll();
    expect(state).toEqual(before);
  };

  it.each(GUARDED)('%s is refused without a valid key, whatever is wrong with it', async (id, route) => {
    await unchanged(async () => {
      const answers = new Set<string>();
      for (const [name, key] of refused) {
        const { status, body } = await call(id, route, key);
        expect(status, name).toBe(401);
        const { requestId: _, ...error } = body.error;
        if (key !== null) answers.add(JSON.stringify(error));
        else expect(error.code).toBe('AUTHENTICATION_ERROR');
      }
      // None tells that it ever was a key.
      expect(answers.size).toBe(1);
    });
  });

  it.each(GUARDED)('%s is refused to a key that may do all but this', async (id, route) => {
    const needed = scopeOf(route);
    await unchanged(async () => {
      const { status, body } = await call(id, route, limited.get(needed)!);
      expect(status).toBe(403);
      expect(body.error.code).toBe('AUTHORIZATION_ERROR');
      expect(body.error.message).toContain(`needs the scope ${needed}`);
    });
  });

  it.each(GUARDED.filter(([, { access }]) => access === 'operator'))(
    '%s is refused to an admin of another tenant',
    async (id, route) => {
      await unchanged(async () => {
        const { status, body } = await call(id, route, stranger.apiKey);
        expect(status).toBe(403);
        expect(body.error.message).toContain('a key of tenant default');
      });
    },
  );

  it.each(GUARDED)('%s is refused to a tenant that is suspended', async (id, route) => {
    await unchanged(async () => {
      const { status, body } = await call(id, route, suspended);
      expect(status).toBe(403);
      expect(body.error.message).toContain('Tenant late is suspended');
    });
  });

  it.each(GUARDED.filter(([id, route]) => route.access !== 'operator' && namesSomething(id, route)))(
    '%s answers for what is another tenant’s as for what is not there',
    async (id, route) => {
      await unchanged(async () => {
        const absent = {
          ...own,
          dispatchId: ABSENT_DISPATCH,
          apiKeyId: randomUUID(),
          workspaceId: randomUUID(),
          webhookId: randomUUID(),
        };
        const [foreign, missing] = [
          await call(id, route, stranger.apiKey),
          await call(id, route, stranger.apiKey, absent),
        ];
        expect(foreign.status).toBe(404);
        expect(withoutIds(foreign, own)).toEqual(withoutIds(missing, absent));
      });
    },
  );

  it('shows a tenant nothing of another', async () => {
    const newcomer = outpost.as(await site.tenantKey('umbrella', ['admin']));
    for (const path of ['/runs', '/api-keys', '/audit', '/context-documents', '/webhooks', '/workspaces']) {
      const { status, body } = await newcomer.call('GET', path);
      expect(status).toBe(200);
      expect(JSON.stringify(body)).not.toContain(own.dispatchId);
      expect(JSON.stringify(body)).not.toContain(own.apiKeyId);
      expect(JSON.stringify(body)).not.toContain('Of tenant default.');
      expect(JSON.stringify(body)).not.toContain(own.workspaceId);
      expect(JSON.stringify(body)).not.toContain(own.webhookId);
    }
  });

  it('knows every operation that is meant', () => {
    const withBody = GUARDED.filter(([, { json }]) => json !== undefined).map(([id]) => id);
    expect(Object.keys(BODIES).toSorted()).toEqual(withBody.toSorted());
  });
});

/** Of an answer that is an error each time. */
function withoutRequestId(body: unknown): unknown {
  return JSON.parse(JSON.stringify(body).replace(/"requestId":"[^"]*"/, '"requestId":""'));
}

function withoutIds({ status, body }: Answer<ErrorBody>, ids: Ids): unknown {
  const { requestId: _, ...error } = body.error;
  const text = Object.values<string>({ ...ids }).reduce(
    (all, id) => all.replaceAll(id, 'ID'),
    JSON.stringify(error),
  );
  return { status, text };
}

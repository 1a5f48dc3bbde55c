import {
  CreateSecretCommand,
  DeleteSecretCommand,
  PutSecretValueCommand,
  type CreateSecretCommandInput,
} from '@aws-sdk/client-secrets-manager';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { SecretReference } from '../ports/index.js';
import { createTestClients } from '../testing/aws/clients.js';
import { secretStoreHarness } from '../testing/aws/harnesses.js';
import { startSecretsManager } from '../testing/aws/secrets-manager.js';
import { createSettableClock, describeSecretStoreConformance } from '../testing/index.js';
import { createCachedSecretStore } from './cached-secret-store.js';
import { createAwsSecretStore } from './secret-store.js';

const CLAUDE: SecretReference = { kind: 'agent', agent: 'claude' };
const GITHUB: SecretReference = { kind: 'github' };
const OWN: SecretReference = { kind: 'tenant', name: 'NPM_REGISTRY_KEY' };
/** So that a message which shows any of it is found out. */
const CONTENT = 'sk-that-nobody-may-see';

describeSecretStoreConformance(
  'aws',
  secretStoreHarness(async () => {
    const { url, close } = await startSecretsManager();
    return { endpoints: { secrets: url }, close };
  }),
);

const start = async () => {
  const server = await startSecretsManager();
  const { secrets: client, destroy } = createTestClients({ secrets: server.url });
  onTestFinished(async () => {
    destroy();
    await server.close();
  });
  const store = createAwsSecretStore({ secrets: client });
  return {
    client,
    store,
    create: (Name: string, content: string | Partial<CreateSecretCommandInput>) =>
      client.send(
        new CreateSecretCommand({
          Name,
          ...(typeof content === 'string' ? { SecretString: content } : content),
        }),
      ),
    get: (reference: SecretReference, tenantId = 'acme') => store.get({ tenantId, reference }),
    has: (reference: SecretReference, tenantId = 'acme') => store.has({ tenantId, reference }),
    asked: () => server.calls.map(({ operation, input }) => `${operation} ${String(input['SecretId'])}`),
  };
};

describe('a secret in Secrets Manager', () => {
  it.each([
    ['outpost/agents/claude', CLAUDE],
    ['outpost/github', GITHUB],
    ['outpost/tenants/acme/agents/claude', CLAUDE],
    ['outpost/tenants/acme/github', GITHUB],
    ['outpost/tenants/acme/NPM_REGISTRY_KEY', OWN],
  ])('may be at %s', async (name, reference) => {
    const { create, get, has } = await start();
    await create(name, CONTENT);
    expect(await get(reference)).toBe(CONTENT);
    expect(await has(reference)).toBe(true);
    expect(await has(reference, 'globex')).toBe(!name.includes('acme'));
  });

  it.each([
    ['the only member, whatever its name', CLAUDE, { key: CONTENT }],
    ['the member called as the variable of the agent', CLAUDE, { note: 'x', ANTHROPIC_API_KEY: CONTENT }],
    ['the only member', GITHUB, { token: CONTENT }],
    ['the member called value', GITHUB, { value: CONTENT, note: 'x' }],
  ])('may be JSON: %s', async (_, reference, content) => {
    const { create, get } = await start();
    await create(
      reference.kind === 'agent' ? 'outpost/agents/claude' : 'outpost/github',
      JSON.stringify(content),
    );
    expect(await get(reference)).toBe(CONTENT);
  });

  it.each([
    ['half of a JSON object', { SecretString: `{"ANTHROPIC_API_KEY":"${CONTENT}` }],
    ['no member that is meant', { SecretString: JSON.stringify({ first: CONTENT, second: CONTENT }) }],
    ['a member that is no text', { SecretString: JSON.stringify({ ANTHROPIC_API_KEY: [CONTENT] }) }],
    ['an empty object', { SecretString: '{}' }],
    ['bytes', { SecretBinary: Buffer.from(CONTENT) }],
  ])('with %s is refused by name, and not shown', async (_, content) => {
    const { create, get } = await start();
    await create('outpost/agents/claude', content);
    const failure = await get(CLAUDE).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(Error);
    expect((failure as Error).message).toContain('outpost/agents/claude');
    expect(String((failure as Error).stack) + String((failure as Error).cause)).not.toContain(
      'nobody-may-see',
    );
  });

  it.each(['', '{"ANTHROPIC_API_KEY":""}'])('with nothing in it (%j) is none', async (empty) => {
    const { create, get } = await start();
    await create('outpost/tenants/acme/agents/claude', empty);
    expect(await get(CLAUDE)).toBeUndefined();
    await create('outpost/agents/claude', CONTENT);
    expect(await get(CLAUDE)).toBe(CONTENT);
  });

  it('that was created without a value is none until it has one', async () => {
    const { client, create, get, has } = await start();
    await create('outpost/github', {});
    expect(await get(GITHUB)).toBeUndefined();
    expect(await has(GITHUB)).toBe(false);
    const pending = { SecretId: 'outpost/github', SecretString: 'x', VersionStages: ['AWSPENDING'] };
    await client.send(new PutSecretValueCommand(pending));
    expect(await get(GITHUB)).toBeUndefined();
    expect(await has(GITHUB)).toBe(false);
    await client.send(new PutSecretValueCommand({ SecretId: 'outpost/github', SecretString: CONTENT }));
    expect(await get(GITHUB)).toBe(CONTENT);
    expect(await has(GITHUB)).toBe(true);
  });

  it('that is marked for deletion is none', async () => {
    const { client, create, get, has } = await start();
    await create('outpost/github', CONTENT);
    await client.send(new DeleteSecretCommand({ SecretId: 'outpost/github' }));
    expect(await get(GITHUB)).toBeUndefined();
    expect(await has(GITHUB)).toBe(false);
  });

  it('is never read to learn whether it exists', async () => {
    const { asked, create, has } = await start();
    await create('outpost/agents/claude', CONTENT);
    expect(await has(CLAUDE)).toBe(true);
    expect(asked().slice(1)).toEqual([
      'DescribeSecret outpost/tenants/acme/agents/claude',
      'DescribeSecret outpost/agents/claude',
    ]);
  });

  it("of the fleet is not read where the tenant's own is there", async () => {
    const { asked, create, get } = await start();
    await create('outpost/tenants/acme/github', CONTENT);
    expect(await get(GITHUB)).toBe(CONTENT);
    expect(asked().slice(1)).toEqual(['GetSecretValue outpost/tenants/acme/github']);
  });

  it('is not reached by a name of a variable that leads elsewhere', async () => {
    const { asked, create, get, has } = await start();
    await create('outpost/tenants/acme/agents/claude', CONTENT);
    for (const name of ['agents/claude', '../acme/agents/claude', 'github', '', '*']) {
      expect(await get({ kind: 'tenant', name })).toBeUndefined();
      expect(await has({ kind: 'tenant', name })).toBe(false);
    }
    expect(asked()).toHaveLength(1);
  });

  it.each(['acme/agents', '..', '', '*'])('belongs to no tenant called %j', async (tenantId) => {
    const { get, has } = await start();
    await expect(get(CLAUDE, tenantId)).rejects.toMatchObject({ code: 'VALIDATION_ERROR' });
    await expect(has(CLAUDE, tenantId)).rejects.toMatchObject({ code: 'VALIDATION_ERROR' });
  });

  it("is the fleet's for a tenant by whose id no secret can be called", async () => {
    const { create, get, has } = await start();
    await create('outpost/agents/claude', CONTENT);
    expect(await get(CLAUDE, 'org:acme')).toBe(CONTENT);
    expect(await has(CLAUDE, 'org:acme')).toBe(true);
    expect(await get(OWN, 'org:acme')).toBeUndefined();
  });
});

describe('a cached secret store', () => {
  const cached = async () => {
    const { asked, create, store } = await start();
    const clock = createSettableClock();
    const described = () => asked().filter((call) => call.startsWith('Describe')).length;
    return { clock, create, described, store: createCachedSecretStore({ store, clock, ttlMs: 30_000 }) };
  };
  const params = { tenantId: 'acme', reference: OWN };

  it('asks once in a while, also of callers at the same time', async () => {
    const { clock, create, described, store } = await cached();
    await create('outpost/tenants/acme/NPM_REGISTRY_KEY', CONTENT);
    expect(await Promise.all([store.has(params), store.has(params)])).toEqual([true, true]);
    clock.advance(29_999);
    expect(await store.has(params)).toBe(true);
    expect(described()).toBe(1);
    clock.advance(1);
    expect(await store.has(params)).toBe(true);
    expect(described()).toBe(2);
  });

  it('notices a new secret after that while', async () => {
    const { clock, create, store } = await cached();
    expect(await store.has(params)).toBe(false);
    await create('outpost/tenants/acme/NPM_REGISTRY_KEY', CONTENT);
    expect(await store.has(params)).toBe(false);
    clock.advance(30_000);
    expect(await store.has(params)).toBe(true);
  });

  it('keeps tenants and secrets apart', async () => {
    const { create, store } = await cached();
    await create('outpost/tenants/acme/NPM_REGISTRY_KEY', CONTENT);
    expect(await store.has(params)).toBe(true);
    expect(await store.has({ ...params, tenantId: 'globex' })).toBe(false);
    expect(await store.has({ ...params, reference: CLAUDE })).toBe(false);
  });

  it('reads values anew each time', async () => {
    const { create, store } = await cached();
    expect(await store.get(params)).toBeUndefined();
    await create('outpost/tenants/acme/NPM_REGISTRY_KEY', CONTENT);
    expect(await store.get(params)).toBe(CONTENT);
  });

  it('does not remember a failure', async () => {
    const answers = [Promise.reject(new Error('out')), Promise.resolve(true)];
    const store = createCachedSecretStore({
      store: { get: async () => undefined, has: () => answers.shift()! },
      clock: createSettableClock(),
      ttlMs: 30_000,
    });
    await expect(store.has(params)).rejects.toThrow('out');
    expect(await store.has(params)).toBe(true);
  });

  it('does not grow without end', async () => {
    let asked = 0;
    const has = async () => {
      asked += 1;
      return true;
    };
    const clock = createSettableClock();
    const store = createCachedSecretStore({
      store: { get: async () => undefined, has },
      clock,
      ttlMs: 30_000,
    });
    for (let index = 0; index < 20_000; index += 1) await store.has({ ...params, tenantId: `t${index}` });
    await store.has({ ...params, tenantId: 't19999' });
    expect(asked).toBe(20_000);
    await store.has({ ...params, tenantId: 't0' });
    expect(asked).toBe(20_001);
  });
});

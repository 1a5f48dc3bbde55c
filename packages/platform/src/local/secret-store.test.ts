import { chmod, rm, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { SecretReference } from '../ports/index.js';
import { createTemporaryLocalPlatform } from '../testing/index.js';
import type { Environment } from './index.js';

const CLAUDE: SecretReference = { kind: 'agent', agent: 'claude' };
const GITHUB: SecretReference = { kind: 'github' };

const start = async (environment: Environment = {}) => {
  const local = await createTemporaryLocalPlatform();
  onTestFinished(local.cleanup);
  const { secrets } = local.open({ environment });
  const path = join(local.dataDir, 'secrets.json');
  return {
    path,
    write: (content: unknown) => writeFile(path, JSON.stringify(content), { mode: 0o600 }),
    get: (reference: SecretReference, tenantId = 'acme') => secrets.get({ tenantId, reference }),
  };
};

describe('local secrets', () => {
  it('come from the environment when the file has none', async () => {
    const { get, write } = await start({
      ANTHROPIC_API_KEY: 'from-environment',
      DEEPSEEK_API_KEY: 'deep',
      GH_TOKEN: 'gh',
    });
    expect(await get(CLAUDE)).toBe('from-environment');
    expect(await get({ kind: 'agent', agent: 'aider' })).toBe('deep');
    expect(await get({ kind: 'agent', agent: 'codex' })).toBeUndefined();
    expect(await get(GITHUB)).toBe('gh');
    await write({ agents: { claude: 'from-file' }, tenants: { globex: { agents: { claude: 'theirs' } } } });
    expect(await get(CLAUDE)).toBe('from-file');
    expect(await get(CLAUDE, 'globex')).toBe('theirs');
    expect(await get(GITHUB)).toBe('gh');
  });

  it('prefer GITHUB_TOKEN to GH_TOKEN, and take nothing for nothing', async () => {
    expect(await (await start({ GITHUB_TOKEN: 'a', GH_TOKEN: 'b' })).get(GITHUB)).toBe('a');
    expect(await (await start({ GITHUB_TOKEN: '', GH_TOKEN: 'b' })).get(GITHUB)).toBe('b');
    const { get, write } = await start({ ANTHROPIC_API_KEY: '' });
    expect(await get(CLAUDE)).toBeUndefined();
    await write({ agents: { claude: 'fleet' }, tenants: { acme: { agents: { claude: '' } } } });
    expect(await get(CLAUDE)).toBe('fleet');
  });

  it("are a tenant's only from the file, never from the environment", async () => {
    const { get, write } = await start({ NPM_REGISTRY_KEY: 'from-environment', ANTHROPIC_API_KEY: 'x' });
    await write({ tenants: { acme: { secrets: { NPM_REGISTRY_KEY: 'acme-key' } } } });
    expect(await get({ kind: 'tenant', name: 'NPM_REGISTRY_KEY' })).toBe('acme-key');
    expect(await get({ kind: 'tenant', name: 'NPM_REGISTRY_KEY' }, 'globex')).toBeUndefined();
    expect(await get({ kind: 'tenant', name: 'ANTHROPIC_API_KEY' })).toBeUndefined();
  });

  it('are read again when the file has changed', async () => {
    const { get, path, write } = await start({ ANTHROPIC_API_KEY: 'from-environment' });
    await write({ agents: { claude: 'one' } });
    expect(await get(CLAUDE)).toBe('one');
    await write({ agents: { claude: 'two' } });
    await utimes(path, 1, 1);
    expect(await get(CLAUDE)).toBe('two');
    await rm(path);
    expect(await get(CLAUDE)).toBe('from-environment');
  });

  it.each([0o640, 0o604, 0o666])('are not taken from a file that others can read: %o', async (mode) => {
    const { get, path, write } = await start();
    await write({ agents: { claude: 'one' } });
    expect(await get(CLAUDE)).toBe('one');
    await chmod(path, mode);
    await expect(get(CLAUDE)).rejects.toMatchObject({
      code: 'SERVICE_UNAVAILABLE',
      cause: { message: expect.stringContaining(`Run: chmod 600 ${path}`) as string },
    });
  });

  it.each([
    ['no JSON', '{"agents": {"claude": "hidden-value"', 'is not JSON'],
    ['a list', '["hidden-value"]', 'must be a JSON object'],
    ['an unknown agent', '{"agents": {"gpt": "hidden-value"}}', '"gpt" is not one of claude'],
    ['a number', '{"agents": {"claude": 42}}', 'agents.claude must be a string'],
    [
      'an unknown field',
      '{"agent": {"claude": "hidden-value"}}',
      '"agent" is not one of agents, github, tenants',
    ],
    ['a tenant that leads elsewhere', '{"tenants": {"../x": {}}}', 'is not a tenant'],
    [
      'a reserved name',
      '{"tenants": {"acme": {"secrets": {"LD_PRELOAD": "hidden-value"}}}}',
      'is a reserved variable',
    ],
    [
      'an unknown field of a tenant',
      '{"tenants": {"acme": {"token": "hidden-value"}}}',
      '"token" is not one of',
    ],
  ])('are refused, with the place and without the value: %s', async (_, text, message) => {
    const { get, path } = await start();
    await writeFile(path, text, { mode: 0o600 });
    const refusal: unknown = await get(CLAUDE).catch((error: unknown) => error);
    expect(refusal).toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
    const { message: reason } = (refusal as { cause: Error }).cause;
    expect(reason).toContain(message);
    expect(reason).toContain(path);
    expect(reason).not.toContain('hidden-value');
  });
});

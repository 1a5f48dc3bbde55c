import { createTemporaryLocalPlatform, type TemporaryLocalPlatform } from '@outpost/platform/testing';
import { statSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { bootstrapApiKey } from './bootstrap-key.js';
import { ApiKeys, newApiKey } from './services/api-keys.js';

let local: TemporaryLocalPlatform;
let apiKeys: ApiKeys;

beforeEach(async () => {
  local = await createTemporaryLocalPlatform();
  apiKeys = new ApiKeys({
    store: local.open().apiKeys,
    usage: { count: () => undefined },
    clock: local.clock,
  });
});
afterEach(() => local.cleanup());

const bootstrap = (configured?: string) => bootstrapApiKey({ apiKeys, configured, directory: local.dataDir });

it('makes an admin key of tenant default on the first start, and keeps it for this user alone', async () => {
  const first = (await bootstrap())!;
  expect(first.isNew).toBe(true);
  expect(statSync(first.file!).mode & 0o777).toBe(0o600);
  expect(await apiKeys.identify(first.key)).toEqual({
    principal: { tenantId: 'default', apiKeyId: expect.any(String), scopes: ['admin'] },
  });
  expect(await bootstrap()).toEqual({ ...first, isNew: false });
  expect(await apiKeys.list({ tenantId: 'default' })).toHaveLength(1);
});

it('takes the configured key instead, and does not bring a revoked one back', async () => {
  const key = newApiKey();
  expect(await bootstrap(key)).toEqual({ key, isNew: false, file: undefined });
  const { principal } = await apiKeys.identify(key);
  await apiKeys.revoke(principal!);
  await bootstrap(key);
  expect(await apiKeys.identify(key)).toMatchObject({ refused: 'revoked' });
});

it('says what to do about a kept key that is none', async () => {
  const { file } = (await bootstrap())!;
  writeFileSync(file!, 'garbage');
  await expect(bootstrap()).rejects.toThrow(/holds no API key .* Delete it/);
});

it('makes none where none could be kept', async () => {
  expect(await bootstrapApiKey({ apiKeys, configured: undefined, directory: undefined })).toBeUndefined();
  expect(await apiKeys.list({ tenantId: 'default' })).toEqual([]);
});

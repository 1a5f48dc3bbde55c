import type { ApiKeyStore } from '@outpost/platform';
import { createTemporaryLocalPlatform, type TemporaryLocalPlatform } from '@outpost/platform/testing';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ApiKeyUsageCounter } from './api-key-usage.js';
import { ApiKeys } from './api-keys.js';

const ACME = { tenantId: 'acme', name: 'ci', scopes: ['dispatch' as const] };
const DAY_MS = 86_400_000;

let local: TemporaryLocalPlatform;
let store: ApiKeyStore;
let usage: ApiKeyUsageCounter;
let apiKeys: ApiKeys;

/** As another instance has them. */
const instance = (): ApiKeys => new ApiKeys({ store, usage, clock: local.clock });

beforeEach(async () => {
  local = await createTemporaryLocalPlatform();
  store = local.open().apiKeys;
  usage = new ApiKeyUsageCounter({ store, clock: local.clock });
  apiKeys = instance();
});
afterEach(() => local.cleanup());

describe('a key', () => {
  it('says who calls, and what that may do', async () => {
    const { key, apiKeyId } = await apiKeys.create(ACME);
    const principal = { tenantId: 'acme', apiKeyId, scopes: ['dispatch'] };
    expect(await apiKeys.identify(key)).toEqual({ principal });
  });

  it.each([undefined, 'otp_', `otp_${'0'.repeat(64)}`, `OTP_${'0'.repeat(64)}`, `otp_${'0'.repeat(65)}`])(
    'is none: %s',
    async (key) => {
      expect(await apiKeys.identify(key)).toEqual({ refused: key === undefined ? 'missing' : 'unknown' });
    },
  );

  it('is refused from the moment that it expires', async () => {
    const { key, apiKeyId } = await apiKeys.create({ ...ACME, expiresInDays: 1 });
    local.clock.advance(DAY_MS - 1);
    expect(await apiKeys.identify(key)).toMatchObject({ principal: { apiKeyId } });
    local.clock.advance(1);
    expect(await apiKeys.identify(key)).toMatchObject({ refused: 'expired' });
    expect(await apiKeys.list(ACME)).toMatchObject([{ apiKeyId, status: 'expired' }]);
  });

  it('that is revoked is refused here at once, and by another instance within seconds', async () => {
    const other = instance();
    const { key, apiKeyId } = await apiKeys.create(ACME);
    for (const each of [apiKeys, other]) await each.identify(key);
    await apiKeys.revoke({ tenantId: 'acme', apiKeyId });
    expect(await apiKeys.identify(key)).toMatchObject({ refused: 'revoked' });
    local.clock.advance(5_001);
    expect(await other.identify(key)).toMatchObject({ refused: 'revoked' });
  });

  it('is looked up once in a few seconds, however often it is used', async () => {
    const find = vi.spyOn(store, 'findByHash');
    const { key } = await apiKeys.create(ACME);
    for (let request = 0; request < 100; request += 1) await apiKeys.identify(key);
    expect(find).toHaveBeenCalledTimes(1);
  });
});

describe('a rotation', () => {
  it('makes a key that may do the same, while the old one works on for a while', async () => {
    const old = await apiKeys.create(ACME);
    await apiKeys.identify(old.key);
    local.clock.advance(1);
    const next = await apiKeys.rotate({ ...old, overlapSeconds: 60 });
    expect(next).toMatchObject({ name: 'ci', scopes: ['dispatch'], status: 'active' });
    local.clock.advance(59_999);
    for (const { key, apiKeyId } of [old, next])
      expect(await apiKeys.identify(key)).toMatchObject({ principal: { apiKeyId } });
    local.clock.advance(1);
    expect(await apiKeys.identify(old.key)).toMatchObject({ refused: 'expired' });
    expect(await apiKeys.identify(next.key)).toMatchObject({ principal: { apiKeyId: next.apiKeyId } });
    expect(await apiKeys.list(ACME)).toMatchObject([
      { apiKeyId: old.apiKeyId, status: 'expired', replacedBy: next.apiKeyId },
      { apiKeyId: next.apiKeyId, status: 'active' },
    ]);
  });

  it('without an overlap ends the old one at once', async () => {
    const old = await apiKeys.create(ACME);
    await apiKeys.identify(old.key);
    await apiKeys.rotate({ ...old, overlapSeconds: 0 });
    expect(await apiKeys.identify(old.key)).toMatchObject({ refused: 'expired' });
  });

  it('gives the new one as long a life as the old one had', async () => {
    const old = await apiKeys.create({ ...ACME, expiresInDays: 30 });
    local.clock.advance(20 * DAY_MS);
    const { expiresAt } = await apiKeys.rotate({ ...old, overlapSeconds: 60 });
    expect(expiresAt).toBe(new Date(local.clock.now() + 30 * DAY_MS).toISOString());
  });

  it('is refused for one that has ended, was rotated before, or is not there', async () => {
    const [rotated, revoked, expired] = [
      await apiKeys.create(ACME),
      await apiKeys.create(ACME),
      await apiKeys.create({ ...ACME, expiresInDays: 1 }),
    ];
    await apiKeys.rotate({ ...rotated, overlapSeconds: 86_400 * 2 });
    await apiKeys.revoke(revoked);
    local.clock.advance(DAY_MS);
    for (const key of [rotated, revoked, expired])
      await expect(apiKeys.rotate({ ...key, overlapSeconds: 60 })).rejects.toMatchObject({
        code: 'CONFLICT',
      });
    const foreign = { ...rotated, tenantId: 'globex', overlapSeconds: 60 };
    await expect(apiKeys.rotate(foreign)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
});

describe('the usage of a key', () => {
  it('is written in batches, with the time of the last', async () => {
    const add = vi.spyOn(store, 'addUsage');
    const { key } = await apiKeys.create(ACME);
    await usage.flushIfDue();
    for (let request = 0; request < 50; request += 1) await apiKeys.identify(key);
    local.clock.advance(29_999);
    await apiKeys.identify(key);
    await usage.flushIfDue();
    expect(add).not.toHaveBeenCalled();
    local.clock.advance(1);
    await usage.flushIfDue();
    expect(add).toHaveBeenCalledTimes(1);
    const lastUsedAt = new Date(local.clock.now() - 1).toISOString();
    expect(await apiKeys.list(ACME)).toMatchObject([{ usageCount: 51, lastUsedAt }]);
  });

  it('is kept while the store does not answer', async () => {
    const { key } = await apiKeys.create(ACME);
    await apiKeys.identify(key);
    vi.spyOn(store, 'addUsage').mockRejectedValueOnce(new Error('away'));
    await expect(usage.flush()).rejects.toThrow('away');
    await apiKeys.identify(key);
    await usage.flush();
    expect(await apiKeys.list(ACME)).toMatchObject([{ usageCount: 2 }]);
  });

  it('does not count what was refused', async () => {
    const { key, apiKeyId } = await apiKeys.create(ACME);
    await apiKeys.revoke({ tenantId: 'acme', apiKeyId });
    expect(await apiKeys.identify(key)).toMatchObject({ refused: 'revoked' });
    await usage.flush();
    expect(await apiKeys.list(ACME)).toMatchObject([{ usageCount: 0 }]);
  });
});
